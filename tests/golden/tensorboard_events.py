"""Made tensorboard_events.bin: the events of tests/rundir/event_writer_test.cpp, written by tensorboard's own classes.

python tests/golden/tensorboard_events.py          (tensorboard 2.21.0, protobuf 7.36.2)
"""
import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

Value = summary_pb2.Summary.Value


def histogram(least, most, count, total, squares, limits, counts):
    return summary_pb2.HistogramProto(min=least, max=most, num=count, sum=total, sum_squares=squares,
                                      bucket_limit=limits, bucket=counts)


def summary(wall_time, step, *values):
    return event_pb2.Event(wall_time=wall_time, step=step, summary=summary_pb2.Summary(value=values))


png = b"\x89PNG\r\n\x1a\n and what follows"
limits = [0.0 + (3.0 - 0.0) / 30 * (i + 1) for i in range(29)] + [3.0]
counts = [0.0] * 30
counts[0], counts[10], counts[29] = 2.0, 1.0, 1.0  # 0, 0.05; 1.05; 3
text = tensor_pb2.TensorProto(
    dtype=7, string_val=["**r1** 1+1?\n\n    2".encode()],
    tensor_shape=tensor_shape_pb2.TensorShapeProto(dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=1)]))
metadata = summary_pb2.SummaryMetadata(plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="text"))

with open(pathlib.Path(__file__).with_name("tensorboard_events.bin"), "wb") as file:
    writer = RecordWriter(file)
    for event in [
        event_pb2.Event(wall_time=1.5, file_version="brain.Event:2"),
        event_pb2.Event(wall_time=2.5, step=0, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)),
        summary(3.5, 0, Value(tag="reward", simple_value=0.0), Value(tag="kl", simple_value=float("nan")),
                Value(tag="timing/step_s", simple_value=0.1)),
        summary(4.5, 300, Value(tag="sampler/weights", histo=histogram(
            0.0, 3.0, 4.0, 0.0 + 0.05 + 1.05 + 3.0, 0.0 + 0.05 * 0.05 + 1.05 * 1.05 + 9.0, limits, counts))),
        summary(5.5, 300, Value(tag="equal", histo=histogram(2.0, 2.0, 2.0, 4.0, 8.0, [2.0], [2.0]))),
        summary(6.5, 2**40, Value(tag="val/image/r1", image=summary_pb2.Summary.Image(
            height=56, width=84, colorspace=3, encoded_image_string=png))),
        summary(7.5, 301, Value(tag="val/image/responses", tensor=text, metadata=metadata)),
    ]:
        writer.write(event.SerializeToString())
    writer.flush()
