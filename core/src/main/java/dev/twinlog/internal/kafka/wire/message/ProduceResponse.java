package dev.twinlog.internal.kafka.wire.message;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The response to a {@link ProduceRequest}.
 *
 * @param throttleMs how long the broker wants no further request
 */
public record ProduceResponse(List<Partition> partitions, int throttleMs) {

  /**
   * One partition.
   *
   * @param topic its name; empty if the request named topics by id
   * @param topicId its id; zero if the request named topics by name
   * @param baseOffset of the batch's first record; −1 on an error
   * @param message the broker's error message
   */
  public record Partition(
      String topic,
      Uuid topicId,
      int index,
      short error,
      long baseOffset,
      @Nullable String message) {}

  public static ProduceResponse read(MessageReader in, short version) {
    boolean byId = version >= ProduceRequest.BY_ID;
    List<Partition> partitions = new ArrayList<>();
    for (int topics = in.array(); topics > 0; topics--) {
      String name = byId ? "" : in.string();
      Uuid id = byId ? in.uuid() : Uuid.ZERO_UUID;
      for (int left = in.array(); left > 0; left--) {
        partitions.add(partition(name, id, in));
      }
      in.skipTags();
    }
    int throttleMs = in.int32();
    return new ProduceResponse(partitions, throttleMs);
  }

  private static Partition partition(String name, Uuid id, MessageReader in) {
    int index = in.int32();
    short error = in.int16();
    long baseOffset = in.int64();
    in.int64(); // append time
    in.int64(); // log start
    String detail = null;
    for (int left = in.array(); left > 0; left--) {
      in.int32(); // index of the record
      String recordMessage = in.nullableString();
      detail = detail == null ? recordMessage : detail;
      in.skipTags();
    }
    String message = in.nullableString();
    in.skipTags();
    return new Partition(name, id, index, error, baseOffset, message == null ? detail : message);
  }
}
