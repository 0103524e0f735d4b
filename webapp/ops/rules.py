"""How operators' pages name what the policy table knows. Pure."""

from webapp.core.errors import N_
from webapp.policy.rules import Audience, ContentClass, FundingKind, Opening, Ruling, Verdict

CLASSES = {
    ContentClass.DISEASE_EDUCATION: N_("Disease education"), ContentClass.SAFETY_NOTICE: N_("Safety notice"),
    ContentClass.DRUG_EDUCATION: N_("Drug education"), ContentClass.PROMOTIONAL: N_("Promotion"),
    ContentClass.CME: N_("Accredited education")}
FUNDINGS = {FundingKind.INDEPENDENT: N_("Independent"), FundingKind.GRANT_SUPPORTED: N_("Supported by a grant"),
            FundingKind.SPONSORED: N_("Sponsored")}
AUDIENCES = {Audience.PUBLIC: N_("The public"), Audience.HCP: N_("Verified professionals")}
UNKNOWN_MARKET = N_("Any other market")


def verdict_name(ruling: Ruling) -> str:
    """The verdict in words, for the catalogue."""
    if ruling.verdict is Verdict.GATE:
        return N_("Gated: sign-in") if ruling.opens is Opening.SIGN_IN else N_("Gated: verified professionals")
    return N_("Allowed") if ruling.verdict is Verdict.ALLOW else N_("Denied")
