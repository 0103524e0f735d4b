"""The process that does timed work and sends mail."""

import logging
import os
import socket

from webapp import schema
from webapp.channels.dkim import Signer
from webapp.channels.service.pace import Pace
from webapp.channels.service.sending import Post, Senders
from webapp.channels.smtp import Relay
from webapp.config import MissingSetting, Settings
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.core.process import StopSignal, hold, settle
from webapp.schedule import Schedule, rechecks

log = logging.getLogger("materia.worker")


class Worker:
    """The schedule (if this process leads) and the senders, until a signal says stop."""

    def __init__(self, platform: Platform, settings: Settings) -> None:
        self._platform = platform
        self._settings = settings

    def run(self) -> None:
        """Works until SIGTERM or SIGINT; the mail being sent is finished first. MissingSetting for an old schema or a
        DKIM key that cannot be used."""
        schema.check(self._platform.database)
        senders = Senders(post(self._platform, self._settings), self._settings.senders)
        stopping = StopSignal()
        held = hold(self._settings.data_dir, "worker", clock.now(), "materia worker")
        schedule = Schedule(self._platform, self._settings)
        settle()
        self._platform.watch()
        senders.start()
        schedule.start()
        stopping.wait()
        schedule.stop()
        senders.stop()
        self._platform.close()
        held.close()


def post(platform: Platform, settings: Settings) -> Post:
    """What the senders need, from the settings. The holder's name is this data directory's, so that a restart knows
    what an earlier life of the same worker left half done."""
    relay = Relay(host=settings.smtp_host, port=settings.smtp_port, security=settings.smtp_tls,
                  username=settings.smtp_user or None, password=settings.smtp_password or None)
    holder = f"{socket.gethostname()}:{os.path.realpath(settings.data_dir)}"
    return Post(platform.database, platform.writer, relay, rechecks(platform, settings), holder,
                Pace(settings.mails_per_second), _signer(settings))


def _signer(settings: Settings) -> Signer | None:
    if settings.dkim_key_file is None:
        return None
    try:
        signer = Signer.from_pem(settings.dkim_key_file.read_bytes(), domain=settings.dkim_domain,
                                 selector=settings.dkim_selector)
    except OSError as error:
        raise MissingSetting(f"MATERIA_DKIM_KEY_FILE cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise MissingSetting(f"The MATERIA_DKIM_ settings cannot be used. {error}") from None
    log.info("mail is signed; receivers look for the TXT record %s: %s", signer.dns_name, signer.dns_record)
    return signer
