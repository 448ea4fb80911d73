package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.FetchResponse;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.KafkaException;

/**
 * A broken part: lets a ledger find the markers that it waits for at the end of the log even if
 * they are not there, as if the response to EndTxn were the proof.
 */
final class PretendedMarkers extends WrappedCluster {
  /** The producer with an open transaction in each partition. */
  private final Map<Integer, long[]> fencers = new HashMap<>();

  PretendedMarkers(Cluster cluster) {
    super(cluster);
  }

  @Override
  public void send(Broker broker, Request request) {
    if (request.api() == Api.ADD_PARTITIONS_TO_TXN) {
      MessageReader in = new MessageReader(joined(request.body()));
      in.string();
      long producerId = in.int64();
      short epoch = in.int16();
      in.array();
      in.string();
      in.array();
      fencers.put(in.int32(), new long[] {producerId, epoch});
    }
    super.send(broker, request.api() == Api.FETCH ? pretending(request) : request);
  }

  private Request pretending(Request request) {
    Request.ResponseHandler answer =
        new Request.ResponseHandler() {
          @Override
          public void answered(Received received) {
            FetchResponse told = FetchResponse.read(new MessageReader(received.payload()));
            ByteBuffer body = joined(write(told));
            request.handler().answered(new Received(body, new ReceivePool()));
          }

          @Override
          public void lost(KafkaException cause) {
            request.handler().lost(cause);
          }
        };
    return new Request(request.api(), request.version(), request.body(), answer);
  }

  private MessageWriter write(FetchResponse told) {
    MessageWriter out = new MessageWriter();
    out.int32(told.throttleMs()).int16(told.error()).int32(0).arrayOf(told.partitions().size());
    for (FetchResponse.Partition one : told.partitions()) {
      ByteBuffer records = records(one);
      out.uuid(one.topicId()).arrayOf(1).int32(one.index()).int16(one.error());
      out.int64(one.highWatermark()).int64(one.lastStableOffset()).int64(one.logStart());
      out.arrayOf(0).int32(-1).uvarint(records.remaining() + 1).foreign(records);
      out.noTags().noTags();
    }
    return out.noTags();
  }

  /** Returns the fetched records or, at the end of the log, a marker of the open transaction. */
  private ByteBuffer records(FetchResponse.Partition one) {
    long[] fencer = fencers.get(one.index());
    if (one.error() != 0 || fencer == null || one.records().hasRemaining()) {
      return one.records();
    }
    ByteBuffer marker = ByteBuffer.allocate(BatchHeader.SIZE);
    marker.putLong(BatchHeader.BASE_OFFSET, one.highWatermark());
    marker.putInt(BatchHeader.LENGTH, BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD);
    marker.put(BatchHeader.MAGIC, (byte) 2);
    marker.putShort(
        BatchHeader.ATTRIBUTES, (short) (BatchHeader.CONTROL | BatchHeader.TRANSACTIONAL));
    marker.putLong(BatchHeader.PRODUCER_ID, fencer[0]);
    marker.putShort(BatchHeader.PRODUCER_EPOCH, (short) fencer[1]);
    return marker;
  }

  private static ByteBuffer joined(MessageWriter body) {
    ByteBuffer all = ByteBuffer.allocate((int) body.size());
    for (ByteBuffer piece : body.toBuffers()) {
      all.put(piece.duplicate());
    }
    return all.flip();
  }
}
