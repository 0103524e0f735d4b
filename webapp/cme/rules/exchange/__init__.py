"""Questions from and to other houses: GIFT and Moodle XML come in, GIFT goes out.

`gift` and `moodle_xml` read a file into items (`item`), which say what the source says; `carrying` makes questions of
ours from items, and tells what could not be carried over; `gift_writing` writes an assessment as GIFT.
"""
