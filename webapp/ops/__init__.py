"""The operators' pages: what is going on, and why. Its words and rules are those of the packages that it shows.

Promises: whatever changes something asks for a reason, is sent by POST and is audited. An operator acts in their own
name alone: there is no way to be somebody else. No page shows what a person read or answered about their health. The
policy pages name no gated page by its title: an operator is not its reader either. Addresses are typed into forms that
are sent by POST, and so stand in no address and no log.
"""
