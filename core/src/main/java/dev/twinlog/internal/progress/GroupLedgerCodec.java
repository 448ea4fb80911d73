package dev.twinlog.internal.progress;

import dev.twinlog.internal.progress.GroupLedger.Commit;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.LinkFailedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;

/**
 * Encodes and decodes the stored form of a {@link GroupLedger}, in chunks of at most a megabyte.
 * Version 1, all numbers big-endian, texts UTF-8 after a 32-bit length:
 *
 * <pre>
 * version 1 byte
 * source topics 4, then for each: topic | partitions 4, then for each: partition 4 | position 8
 * target topics 4, then for each: topic | partitions 4, then for each:
 *     partition 4 | written 8, or -1 if others wrote it | alternative 8, or -1 | metadata hash 4
 * whether it is a share group 1; absent, and not known, where an older version has written it
 * </pre>
 *
 * <p>A ledger is the union of its chunks.
 *
 * <p>Stateless.
 */
public final class GroupLedgerCodec {
  private static final int VERSION = 1;
  private static final int SOURCE_BYTES = 4 + 8;
  private static final int TARGET_BYTES = 4 + 8 + 8 + 4;
  private static final int SMALLEST_TOPIC = 4 + 4;
  private static final int LONGEST_TOPIC = 249;
  private static final int MOST_PARTITIONS =
      (1 << 20) / (SMALLEST_TOPIC + LONGEST_TOPIC + TARGET_BYTES);
  private static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  private GroupLedgerCodec() {}

  /**
   * Encodes a ledger.
   *
   * @return its chunks, numbered from 0; at least one
   */
  public static List<GroupChunk> encode(String group, GroupLedger ledger) {
    List<GroupChunk> chunks = new ArrayList<>();
    List<Map.Entry<TopicPartition, Long>> seen = sorted(ledger.seen());
    List<Map.Entry<TopicPartition, Commit>> written = sorted(ledger.commits());
    int seenFrom = 0;
    int writtenFrom = 0;
    do {
      int seenTo = Math.min(seen.size(), seenFrom + MOST_PARTITIONS);
      int left = MOST_PARTITIONS - (seenTo - seenFrom);
      int writtenTo = Math.min(written.size(), writtenFrom + left);
      FieldWriter out = new FieldWriter(VERSION);
      writeTopics(out, seen.subList(seenFrom, seenTo), out::int64);
      writeTopics(
          out,
          written.subList(writtenFrom, writtenTo),
          commit ->
              out.int64(commit.offset()).int64(commit.alternative()).int32(commit.metadata()));
      out.flag(ledger.isShared());
      chunks.add(new GroupChunk(group, chunks.size(), out.toByteArray()));
      seenFrom = seenTo;
      writtenFrom = writtenTo;
    } while (seenFrom < seen.size() || writtenFrom < written.size());
    return chunks;
  }

  private static <V> List<Map.Entry<TopicPartition, V>> sorted(Map<TopicPartition, V> values) {
    return values.entrySet().stream().sorted(Map.Entry.comparingByKey(BY_NAME)).toList();
  }

  private static <V> void writeTopics(
      FieldWriter out, List<Map.Entry<TopicPartition, V>> entries, Consumer<V> value) {
    Map<String, List<Map.Entry<TopicPartition, V>>> byTopic = new TreeMap<>();
    entries.forEach(
        each -> byTopic.computeIfAbsent(each.getKey().topic(), any -> new ArrayList<>()).add(each));
    out.int32(byTopic.size());
    byTopic.forEach(
        (topic, all) -> {
          out.string(topic).int32(all.size());
          for (Map.Entry<TopicPartition, V> each : all) {
            out.int32(each.getKey().partition());
            value.accept(each.getValue());
          }
        });
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @param chunks all chunks of one group
   * @param partitions gives the object to use for a partition: many ledgers may be kept
   * @throws LinkFailedException if a version is unknown or the bytes are damaged
   */
  public static GroupLedger decode(
      Collection<GroupChunk> chunks, UnaryOperator<TopicPartition> partitions) {
    Map<TopicPartition, Long> seen = new HashMap<>();
    Map<TopicPartition, Commit> commits = new HashMap<>();
    boolean shared = false;
    for (GroupChunk chunk : chunks) {
      shared |=
          FieldReader.<Boolean>read(
              "group ledger",
              chunk.bytes(),
              VERSION,
              in -> {
                readTopics(
                    in,
                    SOURCE_BYTES,
                    partition -> seen.put(partitions.apply(partition), in.int64()));
                readTopics(
                    in,
                    TARGET_BYTES,
                    partition ->
                        commits.put(
                            partitions.apply(partition),
                            new Commit(in.int64(), in.int64(), in.int32())));
                return in.hasMore() && in.flag();
              });
    }
    return new GroupLedger(seen, commits, shared);
  }

  private static void readTopics(FieldReader in, int bytes, Consumer<TopicPartition> values) {
    for (int topics = in.count(SMALLEST_TOPIC); topics > 0; topics--) {
      String topic = in.string();
      for (int left = in.count(bytes); left > 0; left--) {
        values.accept(new TopicPartition(topic, in.int32()));
      }
    }
  }
}
