package dev.twinlog.internal.kafka.wire.message;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * The brokers of a cluster and the leaders of partitions (Metadata 12).
 *
 * @param throttleMs how long the broker wants no further request
 * @param clusterId of the cluster that the broker belongs to; empty if it has none
 * @param brokers all live brokers
 * @param topics the requested ones
 */
public record Metadata(int throttleMs, String clusterId, List<Broker> brokers, List<Topic> topics) {

  /** A broker as it advertises itself. */
  public record Broker(int id, String host, int port) {}

  /** A topic, or the error code that says why there is none. */
  public record Topic(short error, String name, Uuid id, List<Partition> partitions) {}

  /** A partition; the leader is −1 while it has none. */
  public record Partition(short error, int index, int leader, int leaderEpoch) {}

  /** Requests the metadata of topics; creates none. */
  public static MessageWriter request(Collection<String> topics) {
    MessageWriter out = new MessageWriter().arrayOf(topics.size());
    topics.forEach(topic -> out.uuid(Uuid.ZERO_UUID).string(topic).noTags());
    return out.bool(false).bool(false).noTags();
  }

  public static Metadata read(MessageReader in) {
    int throttleMs = in.int32();
    List<Broker> brokers = new ArrayList<>();
    for (int left = in.array(); left > 0; left--) {
      brokers.add(new Broker(in.int32(), in.string(), in.int32()));
      in.nullableString(); // rack
      in.skipTags();
    }
    String clusterId = in.nullableString();
    in.int32(); // controller
    List<Topic> topics = new ArrayList<>();
    for (int left = in.array(); left > 0; left--) {
      topics.add(topic(in));
    }
    return new Metadata(throttleMs, clusterId == null ? "" : clusterId, brokers, topics);
  }

  private static Topic topic(MessageReader in) {
    short error = in.int16();
    String name = in.nullableString();
    Uuid id = in.uuid();
    in.bool(); // internal
    List<Partition> partitions = new ArrayList<>();
    for (int left = in.array(); left > 0; left--) {
      partitions.add(new Partition(in.int16(), in.int32(), in.int32(), in.int32()));
      in.skipInts(); // replicas
      in.skipInts(); // in sync
      in.skipInts(); // offline
      in.skipTags();
    }
    in.int32(); // authorized operations
    in.skipTags();
    return new Topic(error, name == null ? "" : name, id, partitions);
  }
}
