"""A worker with the fault that the kill test must find: it sends a mail first and records it afterwards."""

from webapp.channels.models import Outgoing
from webapp.channels.rules import DeliveryState
from webapp.channels.service import sending
from webapp.channels.service.outbox import Move


class SendsThenMarks(sending.Sender):
    """Between the mail's leaving and its record a crash leaves it in the queue."""

    def _deliver(self, row: Outgoing) -> None:
        answer = self._prepare(row)
        if isinstance(answer, Move):
            self._record([answer])
        else:
            done = self._send(row, answer)
            self._record([self._move(row, DeliveryState.LEASED, DeliveryState.SENDING), done])


def break_sending() -> None:
    """Gives this process the fault."""
    sending.Sender = SendsThenMarks  # type: ignore[misc]
