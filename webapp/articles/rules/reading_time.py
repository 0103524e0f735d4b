"""How long a page is expected to take: what completion is measured against (field rules, section 10)."""

from webapp.articles.rules.frontmatter import Audience

# Our choice: patients read unfamiliar matter slowly and doctors skim known ground faster. The rate for Chinese is one
# for both, in characters. To be calibrated once engaged times are in.
PATIENT_WORDS_PER_MINUTE = 200
HCP_WORDS_PER_MINUTE = 240
HAN_PER_MINUTE = 300


def expected_seconds(words: int, han: int, audience: Audience) -> int:
    """Seconds of reading for a body of so many words and Chinese characters; mixed pages add both. At least 1."""
    per_minute = HCP_WORDS_PER_MINUTE if audience is Audience.HCP else PATIENT_WORDS_PER_MINUTE
    return max(1, round(60 * (words / per_minute + han / HAN_PER_MINUTE)))
