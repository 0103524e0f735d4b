"""Channels: the one outbox, its senders, and how a message leaves the house.

Words. A *delivery* is one thing for one person through one channel. A *reply* is what the other side said, or
failed to say, at a known *stage* of the conversation. An *outcome* is what that reply means for the delivery.

Promise: never twice, never silently missing. Over SMTP there is no exactly-once, so a delivery whose fate nobody
can know becomes `unknown`, waits for a person, and is never sent again by itself.
"""
