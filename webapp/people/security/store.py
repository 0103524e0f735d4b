"""Accounts and passkeys for Flask-Security. Its `commit()` only flushes, since `web.py` commits."""

from typing import Any

from flask import g
from flask_security import UserDatastore
from sqlalchemy import inspect

from webapp.core.audit import By
from webapp.core.clock import now
from webapp.people import queries, service
from webapp.people.models import Account, Passkey
from webapp.people.rules import AccountKind, Role, normal_address
from webapp.people.service import NewAccount


class AccountStore(UserDatastore):
    """Reads in the request's reading session; roles are a fixed table (`rules.Role`), not rows."""

    def __init__(self, passkeys: type[Passkey]) -> None:
        super().__init__(Account, Role, passkeys)  # type: ignore[arg-type]

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Account | None:
        """The account with this value in this column."""
        name, value = kwargs.popitem()
        value = normal_address(value) if name == "email" else value
        return queries.account_with_roles(g.reader, name, value)

    def find_role(self, role: str) -> Role | None:  # type: ignore[override]
        """The role of that name."""
        return Role(role) if role in set(Role) else None

    def find_webauthn(self, credential_id: bytes) -> Passkey | None:  # type: ignore[override]
        """The passkey of that credential."""
        return queries.passkey(g.reader, credential_id)

    def create_user(self, **kwargs: Any) -> Account:
        """An account as its owner asked for it: a reader, whose address is still to be confirmed."""
        account = service.add_account(g.db, NewAccount(
            kwargs["email"], kwargs["password"], "", AccountKind(kwargs["kind"]), kwargs["language"],
            kwargs["market"], kwargs["time_zone"], is_confirmed=False,
            is_adult=kwargs["is_adult"]), now())
        service.grant(g.db, account, Role.READER, by=By(account.id or 0, account.created_at))
        return account

    def create_webauthn(self, user: Account, **kwargs: Any) -> None:  # type: ignore[override]
        """A new passkey of the account."""
        kwargs["transports"] = [getattr(entry, "value", entry) for entry in kwargs.get("transports") or []]
        kwargs["extensions"] = None  # what a browser says of itself; nothing here asks
        g.db.add(Passkey(account_id=user.id or 0, lastuse_datetime=now(), **kwargs))

    def put(self, model: Any) -> Any:
        """Writes what was changed on a row that was read elsewhere, and no more: a whole copy could put back what
        somebody else has changed since."""
        model = getattr(model, "_get_current_object", lambda: model)()
        state = inspect(model)
        if not state.persistent or state.session is g.db:
            g.db.add(model)
            return model
        row = g.db.get(type(model), state.identity)
        for column in state.mapper.column_attrs:
            if row is not None and state.attrs[column.key].history.has_changes():
                setattr(row, column.key, getattr(model, column.key))
        return row

    def delete(self, model: Any) -> None:
        """Deletes the row of a model that was read elsewhere."""
        row = g.db.get(type(model), inspect(model).identity)
        if row is not None:
            g.db.delete(row)

    def tf_reset(self, user: Any) -> None:
        """Takes the authenticator away; there is no telephone number to forget."""
        user.tf_primary_method = user.tf_totp_secret = None
        self.put(user)

    def mf_delete_recovery_code(self, user: Any, idx: int) -> bool:
        """Strikes a used code: as a new list, since a change within one goes unseen."""
        left = list(user.mf_recovery_codes or [])
        if idx >= len(left):
            return False
        del left[idx]
        user.mf_recovery_codes = left
        self.put(user)
        return True

    def commit(self) -> None:
        """Flushes only: there is one commit point, in `web.py`."""
        g.db.flush()
