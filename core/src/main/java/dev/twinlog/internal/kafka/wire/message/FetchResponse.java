package dev.twinlog.internal.kafka.wire.message;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The response to a {@link FetchRequest}. Records are slices of the response's buffer.
 *
 * @param throttleMs how long the broker wants no further request
 * @param error of the whole response, for instance that the fetch session is gone
 * @param sessionId 0 if the broker keeps no fetch session
 */
public record FetchResponse(
    int throttleMs, short error, int sessionId, List<Partition> partitions) {

  /**
   * One partition.
   *
   * @param aborted transactions that were aborted, in the order of their first offsets
   * @param diverging where the log diverges from what was read, if it was truncated
   * @param records whole batches; the last one may be incomplete
   */
  public record Partition(
      Uuid topicId,
      int index,
      short error,
      long highWatermark,
      long lastStableOffset,
      long logStart,
      @Nullable EpochEnd diverging,
      List<Aborted> aborted,
      ByteBuffer records) {
    /** The last stable offset, or the high watermark if the broker returned none. */
    public long end() {
      return lastStableOffset < 0 ? highWatermark : lastStableOffset;
    }
  }

  /** The last offset of a leader epoch, exclusive. */
  public record EpochEnd(int epoch, long endOffset) {}

  /** An aborted transaction. */
  public record Aborted(long producerId, long firstOffset) {}

  private static final int TAG_DIVERGING = 0;

  public static FetchResponse read(MessageReader in) {
    int throttleMs = in.int32();
    short error = in.int16();
    int sessionId = in.int32();
    List<Partition> partitions = new ArrayList<>();
    for (int topics = in.array(); topics > 0; topics--) {
      Uuid topic = in.uuid();
      for (int left = in.array(); left > 0; left--) {
        partitions.add(partition(topic, in));
      }
      in.skipTags();
    }
    return new FetchResponse(throttleMs, error, sessionId, partitions);
  }

  private static Partition partition(Uuid topic, MessageReader in) {
    int index = in.int32();
    short error = in.int16();
    long highWatermark = in.int64();
    long lastStable = in.int64();
    long logStart = in.int64();
    int count = in.array();
    List<Aborted> aborted = count == 0 ? List.of() : new ArrayList<>(count);
    for (; count > 0; count--) {
      aborted.add(new Aborted(in.int64(), in.int64()));
      in.skipTags();
    }
    in.int32(); // preferred read replica: only leaders are read
    ByteBuffer records = in.bytes();
    EpochEnd diverging = diverging(in);
    return new Partition(
        topic, index, error, highWatermark, lastStable, logStart, diverging, aborted, records);
  }

  private static @Nullable EpochEnd diverging(MessageReader in) {
    EpochEnd found = null;
    for (int left = in.uvarint(); left > 0; left--) {
      int tag = in.uvarint();
      int size = in.uvarint();
      int end = in.position() + size;
      if (tag == TAG_DIVERGING) {
        found = new EpochEnd(in.int32(), in.int64());
      }
      in.skip(end - in.position());
    }
    return found;
  }
}
