"""Accredited education: activities, assessments, credit, certificates, transcript.

An *activity* is written in a folder of `content/cme`: what it teaches and to whom, by whom and with whose money
(`activity.yaml`), its *sections* in Markdown, and its questions (`assessment.yaml`). A *version* is what an activity
said at one time, and never changes. A *learner* takes part in one version, in an order that the server keeps:
disclosures, pre-test, sections, post-test, evaluation, credit, certificate.

The *provider* sees what learners did in sum, as *tallies* that are added to in the transaction in which it is done. A
*release* is one quarter of that under the cell rule, frozen for the supporters of an activity. A *report* to the
accreditor (PARS) names a physician who agreed, and stands in a ledger.

Promises: no key and no score is made outside the server; whoever completes has one completion and one certificate,
whose bytes never change; nobody of a sponsor reads a learner's row, and no page of an activity names one but in its
statement of support; nothing here enters an audience or the readings of engagement.
"""
