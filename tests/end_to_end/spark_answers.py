"""Run by test_batch in a process of its own: ask the champion through Spark, print the answers."""

import json
import sys

import mlflow
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
segment = mlflow.pyfunc.spark_udf(
    spark,
    "models:/customer-segments@champion",
    result_type="struct<customer_id:string,segment:string>",
    env_manager="local",
)
ids = spark.createDataFrame([("12346",), ("nobody",), ("12346",)], "customer_id string")
rows = ids.select(segment("customer_id").alias("answer")).select("answer.*").collect()
sys.stdout.write(f"answers: {json.dumps([row.asDict() for row in rows])}\n")
spark.stop()
