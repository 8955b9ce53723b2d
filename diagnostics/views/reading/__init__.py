"""Reads stored attempts and reports into what the pages show. Pure: no request, no database, no clock."""
