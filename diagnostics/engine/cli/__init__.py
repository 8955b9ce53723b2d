"""The probe's command line: options, the run under its time limit, and sending the report."""
