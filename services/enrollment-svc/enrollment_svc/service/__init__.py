"""Use cases of enrolment, by noun: enrolling, joining, admission; `desk` is what they share."""
