package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.message.ProduceRequest;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** A broken part: gives every batch the next sequences, even if it is a retry. */
final class RenumberedResends extends WrappedCluster {
  private final Map<List<Object>, Integer> next = new HashMap<>();

  RenumberedResends(Cluster cluster) {
    super(cluster);
  }

  @Override
  public void send(Broker broker, Request request) {
    if (request.api() != Api.PRODUCE) {
      super.send(broker, request);
      return;
    }
    ByteBuffer body = joined(request.body());
    renumber(body, request.version());
    super.send(
        broker,
        new Request(
            request.api(),
            request.version(),
            new MessageWriter().foreign(body.rewind()),
            request.handler()));
  }

  private void renumber(ByteBuffer body, short version) {
    MessageReader in = new MessageReader(body);
    in.nullableString();
    in.int16();
    in.int32();
    for (int topics = in.array(); topics > 0; topics--) {
      Object topic = version >= ProduceRequest.BY_ID ? in.uuid() : in.string();
      for (int left = in.array(); left > 0; left--) {
        int partition = in.int32();
        ByteBuffer batch = in.bytes();
        renumber(List.of(topic, partition, BatchHeader.producerId(batch, 0)), batch);
        in.skipTags();
      }
      in.skipTags();
    }
  }

  private void renumber(List<Object> log, ByteBuffer batch) {
    short epoch = BatchHeader.producerEpoch(batch, 0);
    int sequence = next.getOrDefault(session(log, epoch), 0);
    batch.putInt(BatchHeader.BASE_SEQUENCE, sequence);
    next.put(session(log, epoch), sequence + BatchHeader.recordCount(batch, 0));
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(BatchHeader.ATTRIBUTES, batch.limit() - BatchHeader.ATTRIBUTES));
    batch.putInt(BatchHeader.CRC, (int) crc.getValue());
  }

  private static List<Object> session(List<Object> log, short epoch) {
    return List.of(log, epoch);
  }

  private static ByteBuffer joined(MessageWriter body) {
    ByteBuffer all = ByteBuffer.allocate((int) body.size());
    for (ByteBuffer piece : body.toBuffers()) {
      all.put(piece.duplicate());
    }
    return all.flip();
  }
}
