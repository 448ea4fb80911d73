package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.message.FetchAnswer;
import dev.twinlog.internal.kafka.wire.net.Received;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What was answered about one partition.
 *
 * @param reading who asked
 * @param offset what it asked for
 * @param holder of the bytes, retained once; null where they are on the heap
 */
record Fetched(
    Reading reading, long offset, FetchAnswer.Partition answer, @Nullable Received holder) {

  /** Whether it is still the answer to what would be asked now. */
  boolean isCurrent() {
    return !reading.isOver() && reading.position() == offset;
  }

  int bytes() {
    return answer.records().remaining();
  }

  /** The same with bytes of its own. The holder stays retained. */
  Fetched onHeap() {
    FetchAnswer.Partition of = answer;
    FetchAnswer.Partition copy =
        new FetchAnswer.Partition(
            of.topicId(),
            of.index(),
            of.error(),
            of.highWatermark(),
            of.lastStableOffset(),
            of.logStart(),
            of.diverging(),
            of.aborted(),
            copyOf(of.records()));
    return new Fetched(reading, offset, copy, null);
  }

  static ByteBuffer copyOf(ByteBuffer bytes) {
    return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
  }

  void release() {
    if (holder != null) {
      holder.release();
    }
  }
}
