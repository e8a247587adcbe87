"""Every limit of the product, said once, with the reason for its value."""

from typing import Final

# Text
NAME_LENGTH: Final = 200  # longest legal names on record fit; keeps rows printable
TEXT_LENGTH: Final = 4_000  # a chat message or announcement: two pages
LONG_TEXT_LENGTH: Final = 40_000  # an item's prompt or a section's instructions
REASON_LENGTH: Final = 500
CONTACT_LENGTH: Final = 500  # whom to ask for help: a name, a number, a room
EMAIL_LENGTH: Final = 254  # RFC 5321, section 4.5.3.1.3
CODE_LENGTH_MIN: Final = 6
CODE_LENGTH_MAX: Final = 24

# Answers
RESPONSE_BYTES: Final = 64 * 1024  # one response as JSON; an essay of about 10,000 words
REQUEST_BODY_BYTES: Final = 1024 * 1024  # any JSON body at the edge; the largest is an assessment
ASSESSMENT_BODY_BYTES: Final = 1024 * 1024
SOCKET_MESSAGE_BYTES: Final = RESPONSE_BYTES + 4 * 1024  # a response and its envelope
ANSWERS_PER_SECOND: Final = 20  # of one candidate, sustained; a person clicks far slower, a resent queue is paced to it
ANSWERS_BURST: Final = 200  # an offline queue may return at once

# Assessments and sessions
SECTIONS_MAX: Final = 50
ITEMS_MAX: Final = 500
CHOICES_MAX: Final = 50
CRITERIA_MAX: Final = 20
POINTS_MAX: Final = 10_000
PROCTORS_MAX: Final = 200
PARTICIPANTS_MAX: Final = 20_000
BULK_MAX: Final = 1_000  # participants named in one request
DIRECTORY_MAX: Final = 200_000  # people of one organisation: a large university with its alumni
GROUPS_MAX: Final = 5_000  # groups of one organisation: a term's classes of a large university
PERSON_GROUPS_MAX: Final = 50  # of one person; keeps a person's document small and a cell readable
WARNINGS_MAX: Final = 10
TEMPLATES_MAX: Final = 200  # of one organisation; more nobody looks through
TIME_LIMIT_SECONDS_MIN: Final = 30
TIME_LIMIT_SECONDS_MAX: Final = 24 * 3600
EXTENSION_SECONDS_MAX: Final = 8 * 3600
GRACE_SECONDS_MAX: Final = 15 * 60
MULTIPLIER_MIN: Final = "1.00"  # an accommodation never takes time away
MULTIPLIER_MAX: Final = "4.00"
SCHEDULE_AHEAD_DAYS_MAX: Final = 3 * 366

# Alerts
ALERT_SECONDS_MAX: Final = 10 * 60  # of being away before anybody is told; later, the session's report is early enough
ALERT_COUNT_MAX: Final = 100  # occurrences before anybody is told
ANSWER_SPEED_MIN: Final = 4  # items a minute: slower than this is how people answer true or false
ANSWER_SPEED_MAX: Final = 60  # one a second: nobody reads so fast
IDLE_MINUTES_MIN: Final = 1
IDLE_MINUTES_MAX: Final = 120
SIGNALS_PER_SECOND: Final = 1  # of one candidate, sustained; what comes on top is told together in the next second
SIGNALS_BURST: Final = 20
SIGNAL_COUNT_MAX: Final = 1_000  # of one message: what a page has counted while it could not send
SIGNAL_SECONDS_MAX: Final = 24 * 3600

# Mail
MAIL_SUBJECT_LENGTH: Final = 200  # template and result alike; clients show some 70 characters, RFC 5322 allows 998
MAIL_TEXT_LENGTH: Final = 10_000  # a template; five printed pages
MAIL_FIELDS_MAX: Final = 20
MAIL_FIELD_LENGTH: Final = 2_000  # a link with a signed token in it
INVITATION_REQUESTS_KEPT: Final = 10  # of one participant; a click that comes late is known after so many newer ones
REMINDERS_MAX: Final = 5  # per session; more are noise
REMINDER_MINUTES_MAX: Final = 30 * 24 * 60  # a month before

# Imports
IMPORT_ROWS_MAX: Final = PARTICIPANTS_MAX  # a whole session's people in one file
IMPORT_FILE_BYTES: Final = 8 * 1024 * 1024  # 20,000 rows of 200 letters, in UTF-16
IMPORT_UNPACKED_BYTES: Final = 64 * 1024 * 1024  # 20,000 rows of a workbook unpack to about 10 MB; bombs to gigabytes
IMPORT_ZIP_ENTRIES: Final = 200  # a workbook has a dozen parts, a OneRoster bundle at most 20 files
IMPORT_COLUMNS_MAX: Final = 100  # exports of student systems have some 50
IMPORT_CELL_KEPT: Final = 500  # letters of a cell that are kept to be shown: more than any valid one has
IMPORT_LINES_MAX: Final = 400_000  # of a bundle's enrolments: 20,000 people in 20 classes each
IMPORT_ERRORS_LISTED: Final = 1_000  # lines of a bundle that point nowhere; more are counted, not listed
IMPORTS_KEPT_DAYS: Final = 30  # a file holds names and addresses: long enough to look back, then it goes

# Identity verification
IDENTITY_IMAGE_BYTES: Final = 8 * 1024 * 1024  # a telephone's picture as it is; our own page sends a tenth of it
IDENTITY_IMAGE_PIXELS: Final = 25_000_000  # a telephone's usual 12 or 24 megapixels; unpacked 100 MB for a moment
IDENTITY_IMAGE_SIDE_MIN: Final = 200  # pixels; below that no face can be compared
IDENTITY_IMAGE_SIDE_MAX: Final = 1_600  # pixels as kept: the small print of an identity card can still be read
IDENTITY_TRIES_MAX: Final = 5  # after five blurred pictures a person must help, not a sixth
IDENTITY_UPLOADS_MAX: Final = 40  # of one participant: two for each try, and each sent again several times
IDENTITY_DAYS_MIN: Final = 1  # an objection comes the next day at the earliest
IDENTITY_DAYS_DEFAULT: Final = 30  # as long as results are usually contested
IDENTITY_DAYS_MAX: Final = 366
IDENTITY_NEVER_ENDED_DAYS: Final = 7  # a session that nobody ended counts as over by then; sittings last a day at most

# Listings
PAGE_MAX: Final = 200
PAGE_DEFAULT: Final = 50

# Presence: a client beats each 10 s; after two missed beats and a margin for a slow network its socket is closed.
BEAT_SECONDS: Final = 10
SILENT_AFTER_SECONDS: Final = 25
GATEWAY_LEASE_SECONDS: Final = 15
GATEWAY_LEASE_RENEW_SECONDS: Final = 4

# Live view
FRAMES_PER_SECOND: Final = 4

# Access
INVITATIONS_MAX: Final = 500  # open at once in one organisation; as many as are listed
INVITATION_DAYS: Final = 7  # a week's holiday passes; who comes later is invited again
RESET_LINK_MINUTES: Final = 60  # the mail is read at once by whoever asked for it
API_TOKENS_MAX: Final = 50  # working at once in one organisation: a few systems, each with a successor during renewal
API_TOKEN_DAYS_MAX: Final = 366  # renewed yearly at least
DEVICE_LENGTH: Final = 200  # of a browser's own words about itself
ROLE_RULES_MAX: Final = 100  # of one sign-in provider: a large organisation's groups that work here
EMAIL_DOMAINS_MAX: Final = 50  # of one organisation, subsidiaries included
PROVIDER_SCOPES_MAX: Final = 10  # asked for beside openid, email and profile
PROVIDER_URL_LENGTH: Final = 500
CLIENT_ID_LENGTH: Final = 500  # some providers' are addresses
CLIENT_SECRET_LENGTH: Final = 2_000
PROVIDER_SIGN_IN_MINUTES: Final = 10  # at the provider's own pages: a password, a second factor found on the phone
