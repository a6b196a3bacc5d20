"""What the first suite made, kept as it was made: a holder's pair, a competition's sealed to it, and an envelope.

Made for appointment 7, announcement 5, attempt 1, organisation 3.
"""

from __future__ import annotations

from procurement.foundation.sealing import HolderPair

PASSPHRASE = "7K3M-QW2R-XY9Z-4HTB-NC6E"
PAIR = HolderPair(
    1,
    bytes.fromhex("76a2c2374b77ec0197333ec3f8d8effc17fc394c6cca298dcaa3b70f3eb22837"),
    bytes.fromhex(
        "0000000800000001000000011681c2ccf90cb36d6506cf69af3c27c20aa6d16d64eba126f024fcbbaf73b00a26d16c72b721"
        "7a24b4070bd8f7fbc2c9e59d862b882347ffb84f6272eb7dab952b76633cb599062c995f39c3"
    ),
)
PUBLIC = bytes.fromhex("20115848723b27bfdea85284c9bc609fa1e205a4216612eba05dbafa6b0fb67b")
SEALED = bytes.fromhex(
    "ba0ef0713d57408111a0398d88c0b963133bdd6099ef352ac4b01a41fd552d761240921b6a307dddcdaa30d9d67d531aba2c"
    "164bcacaf9d1ae0f6100bfade343b2e52cc2fb21073b690fac3ce6242558"
)
ENVELOPE = bytes.fromhex(
    "4a49454c4900000100506b19aea3222858419da2a09f978358e278bee2b2af589b7744472a6ee16d624ade3b25e8e2c06d46"
    "653fefbc6f4d96ae2cb1be28c06e3dab07020ee6efe57ed5094e89033b5a821db081d62b6eec105a00000018393ba2cd786c"
    "b943b73ca799b9fcaabd2202b1ff8d9f6db2"
)
