"""MongoDB for enrolment: participants and the sessions they are in, the directory, and imports."""
