"""Groove as a sink of Spark: `df.write.format("groove")`."""

from target_groove.spark.arranging import arrange
from target_groove.spark.data_source import GrooveDataSource

__all__ = ["GrooveDataSource", "arrange"]
