"""What shows several packages at once: the home page, where one goes after signing in, and my account.

*My account* leads to everything that is one's own. What is held of a person is handed out by the table `EXPORTS`, and
ends by the table `ERASURES` (`service.personal`): one function of each package that holds something.

Promises: an erasure is one transaction, and doing it again changes nothing. Whatever is kept after it is named before
it and after it, with the reason and for how long. A download holds no secret by which one signs in.
"""
