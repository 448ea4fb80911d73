package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.message.FetchResponse.Aborted;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;

/** Builds the answer to a fetch. */
final class FetchScript {
  private record Part(
      int index,
      int error,
      long end,
      int cutEpoch,
      long cutEnd,
      List<Aborted> aborted,
      ByteBuffer bytes) {}

  private final Uuid topicId;
  private final int error;
  private final int sessionId;
  private final List<Part> parts = new ArrayList<>();

  private FetchScript(Uuid topicId, int error, int sessionId) {
    this.topicId = topicId;
    this.error = error;
    this.sessionId = sessionId;
  }

  static FetchScript in(ScriptedBroker broker, int sessionId) {
    return new FetchScript(broker.topicId, 0, sessionId);
  }

  static MessageWriter failed(int error) {
    return new FetchScript(Uuid.ZERO_UUID, error, 0).body();
  }

  FetchScript records(int partition, long end, ByteBuffer... batches) {
    return records(partition, end, List.of(), batches);
  }

  FetchScript records(int partition, long end, List<Aborted> aborted, ByteBuffer... batches) {
    int size = 0;
    for (ByteBuffer batch : batches) {
      size += batch.remaining();
    }
    ByteBuffer all = ByteBuffer.allocate(size);
    for (ByteBuffer batch : batches) {
      all.put(batch.duplicate());
    }
    parts.add(new Part(partition, 0, end, -1, -1, aborted, all.flip()));
    return this;
  }

  FetchScript error(int partition, int code) {
    parts.add(new Part(partition, code, -1, -1, -1, List.of(), ByteBuffer.allocate(0)));
    return this;
  }

  FetchScript cut(int partition, int epoch, long endOffset) {
    parts.add(new Part(partition, 0, 0, epoch, endOffset, List.of(), ByteBuffer.allocate(0)));
    return this;
  }

  MessageWriter body() {
    MessageWriter out = new MessageWriter();
    out.int32(0).int16(error).int32(sessionId).arrayOf(parts.isEmpty() ? 0 : 1);
    if (!parts.isEmpty()) {
      out.uuid(topicId).arrayOf(parts.size());
      parts.forEach(part -> write(out, part));
      out.noTags();
    }
    return out.noTags();
  }

  private static void write(MessageWriter out, Part part) {
    out.int32(part.index()).int16(part.error());
    out.int64(part.end()).int64(part.end()).int64(0).arrayOf(part.aborted().size());
    part.aborted().forEach(one -> out.int64(one.producerId()).int64(one.firstOffset()).noTags());
    out.int32(-1);
    out.uvarint(part.bytes().remaining() + 1).foreign(part.bytes());
    if (part.cutEnd() < 0) {
      out.noTags();
    } else {
      out.uvarint(1).uvarint(0).uvarint(13).int32(part.cutEpoch()).int64(part.cutEnd()).noTags();
    }
  }
}
