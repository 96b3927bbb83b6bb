"""What is measured of Spark; runs with the Python that has it."""
