"""The register of standards (按标作业): what services are performed by, and what inspections are held against."""
