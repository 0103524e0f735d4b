"""Tables: companies and brands. Nothing personal."""

from sqlmodel import Field, SQLModel

from webapp.core.ids import new_key


class Company(SQLModel, table=True):
    """A sponsor. `is_fictional` is shown wherever the name is."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    name: str = Field(unique=True)
    is_fictional: bool = False


class Brand(SQLModel, table=True):
    """A product name of a company."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    company_id: int = Field(foreign_key="company.id", index=True)
    name: str = Field(unique=True)
    generic_name: str
