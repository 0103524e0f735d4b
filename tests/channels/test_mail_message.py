"""Messages as a mailbox reads them: parsed back by the standard library."""

import dataclasses
import email.policy
import string
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.channels import message as message_module
from webapp.channels.message import Letter, UnmailableError, blank, compile_template, mailable_address, message_id

same_letter = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
printable = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Co"]))


def parsed(message: bytes) -> EmailMessage:
    return BytesParser(EmailMessage, policy=email.policy.default).parsebytes(message)


def body(message: bytes, kind: str) -> str:
    part = parsed(message).get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n").removesuffix("\n")


@pytest.fixture
def filled(letter: Letter, values: dict[str, str], now: datetime):
    def fill(*, to: str = "ann@example.net", key: str = "k1", changes=None, **value_changes: str) -> bytes:
        template = compile_template(dataclasses.replace(letter, **(changes or {})))
        return template.fill(to=to, delivery_key=key, now=now, values=values | value_changes)

    return fill


def test_the_headers_are_those_of_honest_bulk_mail(message: bytes):
    read = parsed(message)
    assert read["From"] == "Materia health news <news@news.example.org>"
    assert read["To"] == "ann@example.net"
    assert read["Subject"] == "Asthma: using your inhaler"
    assert read["Date"].datetime == datetime.fromisoformat("2026-03-02T09:30:00+00:00")
    assert read["List-Unsubscribe"] == f"<https://news.example.org/u/{'u' * 26}>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read["List-Id"] == '"Asthma news" <asthma.news.example.org>'
    assert read["Precedence"] == "bulk"
    assert read["Feedback-ID"] == "c7:acme:campaign:materia"
    assert read["MIME-Version"] == "1.0"
    assert read.get_content_type() == "multipart/alternative"
    assert not read.defects


def test_text_stands_before_html_so_that_readers_prefer_the_html(message: bytes):
    assert [part.get_content_type() for part in parsed(message).iter_parts()] == ["text/plain", "text/html"]


def test_each_blank_holds_its_own_recipients_value(message: bytes):
    url = f"https://news.example.org/c/{'l' * 26}"
    assert body(message, "plain") == f"Dear Ann,\n\nread more: {url}"
    assert body(message, "html") == f'<p>Dear Ann,</p>\n<p><a href="{url}">Read more</a></p>'


def test_a_mail_without_unsubscribe_address_says_that_a_machine_answered(filled):
    read = parsed(filled(changes={"unsubscribe_url": None}))
    assert read["Auto-Submitted"] == "auto-generated"
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence"} & set(read.keys())


def test_a_letter_without_html_is_one_plain_part(filled):
    read = parsed(filled(changes={"html": None}))
    assert read.get_content_type() == "text/plain"
    assert read.get_content().startswith("Dear Ann,")


def test_a_chinese_letter_reads_back_whole(filled):
    subject = "广告：哮喘吸入装置的正确用法，请您在下次就诊前读一读，并带给医生看一看，谢谢您的配合与信任"
    text = f"您好，{blank('name')}：\n\n" + "每天早晚各吸一次，吸后漱口。" * 30
    message = filled(changes={"subject": subject, "sender_name": "健康通讯", "text": text, "html": None}, name="张伟")
    assert parsed(message)["Subject"] == subject
    assert parsed(message)["From"].addresses[0].display_name == "健康通讯"
    assert body(message, "plain") == text.replace(blank("name"), "张伟")


def test_any_relay_can_carry_it_unchanged(filled):
    message = filled(name="张伟" * 200, changes={"html": "<p>" + "长" * 3000 + blank("name") + "</p>"})
    assert message.isascii()
    assert message.count(b"\r") == message.count(b"\n") == message.count(b"\r\n")
    assert max(map(len, message.split(b"\r\n"))) <= 78


@same_letter
@given(name=printable, around=st.text(st.characters(exclude_categories=["Cs", "Co"], exclude_characters="\r")))
def test_any_text_and_any_value_come_back_as_they_were(filled, name: str, around: str):
    message = filled(changes={"text": f"{around}{blank('name')}{around}|", "html": None}, name=name)
    assert body(message, "plain") == f"{around}{name}{around}|"


@same_letter
@given(name=printable)
def test_a_value_in_html_is_text_and_never_markup(filled, name: str):
    read_back = body(filled(name=f"<b>{name}</b>"), "html")
    assert "<b>" not in read_back
    assert "&lt;b&gt;" in read_back


def test_braces_in_a_letter_or_a_value_stay_literal(filled):
    message = filled(changes={"text": "{{config}} " + blank("name")}, name="{{7*7}}")
    assert body(message, "plain") == "{{config}} {{7*7}}"


BREAKS = ["\r\n", "\n", "\r", "\x00", "\u2028", "\x85", "\x0b"]


@pytest.mark.parametrize("field", ["subject", "sender_name", "list_name"])
@pytest.mark.parametrize("breaking", BREAKS)
def test_a_line_break_in_a_header_is_refused(filled, field: str, breaking: str):
    with pytest.raises(UnmailableError, match=field):
        filled(changes={field: f"News{breaking}Bcc: mallory@example.com"})


@pytest.mark.parametrize("field", ["sender_address", "reply_to", "unsubscribe_url", "list_id", "feedback_id"])
@pytest.mark.parametrize("breaking", [*BREAKS, " ", ">", "\u00a0"])
def test_anything_that_could_end_an_address_header_is_refused(filled, letter: Letter, field: str, breaking: str):
    with pytest.raises(UnmailableError):
        filled(changes={field: f"{getattr(letter, field) or 'a@example.org'}{breaking}"})


@pytest.mark.parametrize("breaking", BREAKS)
def test_a_line_break_in_a_recipients_value_is_refused(filled, breaking: str):
    with pytest.raises(UnmailableError, match="name holds a line break"):
        filled(name=f"Ann{breaking}Bcc: mallory@example.com")


@pytest.mark.parametrize("token", ["a>b", "a b", "", "a/b", "é", "x" * 201])
def test_a_header_takes_only_tokens_of_url_characters(filled, token: str):
    with pytest.raises(UnmailableError, match="URL characters"):
        filled(unsubscribe=token)


ODD_ADDRESSES = ["", "ann", "@example.org", "ann@", "a b@example.org", "ann@exa mple.org", '"a b"@example.org',
                 "ann@example.org\r\nBcc: x@example.org", "ann@-x.org", "ann@example..org", "安@example.org",
                 "ann@example.org>", "a..b@example.org", "ann,bob@example.org", "x" * 65 + "@example.org"]  # fmt: skip


@pytest.mark.parametrize("address", ODD_ADDRESSES)
def test_an_address_that_could_break_a_command_or_header_is_refused(filled, address: str):
    with pytest.raises(UnmailableError, match="correct the account") as refused:
        filled(to=address)
    assert not address or address not in str(refused.value)


def test_an_international_domain_is_written_in_ascii():
    assert mailable_address("zhang@例子.中国") == "zhang@xn--fsqu00a.xn--fiqs8s"


def test_a_message_id_is_the_same_at_every_attempt_and_hides_the_key(filled):
    assert message_id("k1", "example.org") == message_id("k1", "example.org") != message_id("k2", "example.org")
    assert parsed(filled(key="k1"))["Message-ID"] == message_id("k1", "news.example.org")
    assert "abcdefgh" not in message_id("abcdefgh", "example.org")


def test_a_blank_without_a_value_is_named(letter: Letter, now: datetime):
    with pytest.raises(UnmailableError, match="without a value: link-1, unsubscribe"):
        compile_template(letter).fill(to="ann@example.net", delivery_key="k", now=now, values={"name": "Ann"})


def test_a_template_tells_which_values_it_needs(letter: Letter):
    assert compile_template(letter).blanks == {"name", "unsubscribe", "link-1"}


def test_a_blank_in_a_subject_is_refused(filled):
    with pytest.raises(UnmailableError, match="the same for every recipient"):
        filled(changes={"subject": f"Dear {blank('name')}"})


def test_bulk_mail_without_a_list_id_is_refused(filled):
    with pytest.raises(UnmailableError, match="needs a list_id"):
        filled(changes={"list_id": None})


@pytest.mark.parametrize("name", ["", "Name", "a b", "1", "a\n"])
def test_a_blank_of_an_odd_name_is_refused(name: str):
    with pytest.raises(ValueError, match="no name for a blank"):
        blank(name)


def test_a_subject_that_looks_encoded_is_shown_as_it_was_typed(filled):
    assert parsed(filled(changes={"subject": "=?utf-8?q?x?="}))["Subject"] == "=?utf-8?q?x?="


def test_quotes_in_a_senders_name_stay_in_the_name(filled):
    read = parsed(filled(changes={"sender_name": 'Ann "the pen" <x@y.org>, \\'}))
    assert read["From"].addresses[0].display_name == 'Ann "the pen" <x@y.org>, \\'
    assert [address.addr_spec for address in read["From"].addresses] == ["news@news.example.org"]


def test_ten_thousand_messages_join_the_pieces_that_were_encoded_once(letter, values, now, monkeypatch):
    encoded: list[str] = []
    encode = message_module.quoted_printable
    monkeypatch.setattr(message_module, "quoted_printable", lambda text: encoded.append(text) or encode(text))
    template = compile_template(letter)
    encoded_at_compile = len(encoded)
    literals = [piece for piece in template.pieces if isinstance(piece, bytes)]
    seen = set()
    for number in range(10_000):
        to, own = f"reader{number}@example.net", values | {"unsubscribe": f"u{number}", "name": f"N{number}"}
        message = template.fill(to=to, delivery_key=f"k{number}", now=now, values=own)
        assert all(literal in message for literal in literals)
        seen.add(message)
    assert len(encoded) == encoded_at_compile > 0
    assert len(seen) == 10_000


def test_an_address_book_of_odd_letters_is_mailable():
    for character in string.ascii_letters + string.digits + "!#$%&'*+/=?^_`{|}~-":
        assert mailable_address(f"a{character}b@example.org") == f"a{character}b@example.org"
