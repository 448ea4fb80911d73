package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.StoredEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;

/**
 * The stored entries of reversals: one of the link that was moved, the others of the link that was
 * seeded as its reverse. In the forms of {@link MoveEntries}:
 *
 * <pre>
 * move/reversed                     required; reverse link | id of the reversal 16 bytes | time
 * move/resend                       required; as seed, of the moved link: the reversal copies what
 *                                   was never copied, or, if it has ended, has done so
 * move/resend/partition/number/topic  as seed/partition, of what it copies
 * seed                              required; id 16 bytes | id of the move 16 bytes | moved link
 *                                   | actor | begun | ended, or -1
 * seed/partition/number/topic       of the old primary; target partition | source seam | source end
 *                                   | target seam | held 8 | diverged 8
 *                                   | resent 8, absent if it is 0
 * seed/others/number/topic          of the target of the reverse link; count 4, then for each range
 *                                   of offsets: the distance to the last one | its length, as varint
 * seed/group/id                     count 4, then for each: partition of the old primary
 *                                   | first offset that is not read | the one behind the last
 * </pre>
 *
 * <p>A link whose seed has not ended must not start. Stateless.
 */
public final class ReverseEntries {
  private static final int VERSION = 1;
  private static final String REVERSED = "move/reversed";
  static final String RESEND = "move/resend";
  private static final String RESENT_PARTITION = RESEND + "/partition/";
  private static final String SEED = "seed";
  private static final String PARTITION = "seed/partition/";
  private static final String OTHERS = "seed/others/";
  private static final String GROUP = "seed/group/";
  private static final int SMALLEST_PARTITION = 4 + 4;

  private ReverseEntries() {}

  /**
   * That a moved link was reversed.
   *
   * @param link the reverse link
   * @param id of the reversal
   */
  public record Reversal(String link, UUID id, long atMs) {}

  /**
   * Offsets.
   *
   * @param from the first one
   * @param to the one behind the last
   */
  public record Range(long from, long to) {}

  /**
   * What is stored of a seed. Immutable.
   *
   * @param header empty if the link was not seeded
   * @param partitions by partition of the old primary
   * @param unread what groups that are moved back never read, by group and partition of the old
   *     primary
   */
  public record Seed(
      Optional<SeedHeader> header,
      Map<TopicPartition, SeededPartition> partitions,
      Map<String, Map<TopicPartition, Range>> unread) {
    public Seed {
      partitions = Map.copyOf(partitions);
      unread = Map.copyOf(unread);
    }
  }

  /**
   * What is stored of the records that a reversal copies as well. Immutable.
   *
   * @param header empty if it copies none
   * @param partitions by partition of the old primary
   */
  public record Resend(
      Optional<SeedHeader> header, Map<TopicPartition, SeededPartition> partitions) {
    public Resend {
      partitions = Map.copyOf(partitions);
    }

    /** Whether it has begun and is not done. */
    public boolean isUnderWay() {
      return header.isPresent() && !header.get().isDone();
    }
  }

  /**
   * Reads what a reversal copies as well.
   *
   * @throws LinkFailedException if it is damaged, or of a version that this one doesn't know
   */
  public static Resend resend(Collection<StoredEntry> entries) {
    Optional<SeedHeader> header = Optional.empty();
    Map<TopicPartition, SeededPartition> partitions = new HashMap<>();
    for (StoredEntry entry : entries) {
      String key = entry.key();
      if (key.equals(RESEND)) {
        header = Optional.of(header(entry.bytes()));
      } else if (key.startsWith(RESENT_PARTITION)) {
        partitions.put(
            MoveEntries.partition(key.substring(RESENT_PARTITION.length())),
            partition(entry.bytes()));
      }
    }
    return new Resend(header, partitions);
  }

  /** That a reversal copies what was never copied; all of these are saved together. */
  public static List<StoredEntry> of(Resend resend) {
    List<StoredEntry> entries = new ArrayList<>();
    resend
        .partitions()
        .forEach(
            (source, one) ->
                entries.add(
                    new StoredEntry(
                        RESENT_PARTITION + source.partition() + "/" + source.topic(),
                        true,
                        bytes(one))));
    resend.header().ifPresent(it -> entries.add(new StoredEntry(RESEND, true, bytes(it))));
    return entries;
  }

  /**
   * Reads that a moved link was reversed; empty if it was not.
   *
   * @throws LinkFailedException if it is damaged, or of a version that this one doesn't know
   */
  public static Optional<Reversal> reversal(Collection<StoredEntry> entries) {
    return entries.stream()
        .filter(entry -> entry.key().equals(REVERSED))
        .findFirst()
        .map(
            entry ->
                FieldReader.read(
                    "reversal",
                    entry.bytes(),
                    VERSION,
                    in -> new Reversal(in.string(), in.uuid(), in.int64())));
  }

  public static StoredEntry of(Reversal reversal) {
    byte[] bytes =
        new FieldWriter(VERSION)
            .string(reversal.link())
            .id(reversal.id())
            .int64(reversal.atMs())
            .toByteArray();
    return new StoredEntry(REVERSED, true, bytes);
  }

  /**
   * Reads what is stored of a seed.
   *
   * @throws LinkFailedException if it is damaged, or of a version that this one doesn't know
   */
  public static Seed seed(Collection<StoredEntry> entries) {
    Optional<SeedHeader> header = Optional.empty();
    Map<TopicPartition, SeededPartition> partitions = new HashMap<>();
    Map<String, Map<TopicPartition, Range>> unread = new HashMap<>();
    for (StoredEntry entry : entries) {
      String key = entry.key();
      if (key.equals(SEED)) {
        header = Optional.of(header(entry.bytes()));
      } else if (key.startsWith(PARTITION)) {
        partitions.put(
            MoveEntries.partition(key.substring(PARTITION.length())), partition(entry.bytes()));
      } else if (key.startsWith(GROUP)) {
        unread.put(key.substring(GROUP.length()), unread(entry.bytes()));
      }
    }
    return new Seed(header, partitions, unread);
  }

  public static StoredEntry of(SeedHeader header) {
    return new StoredEntry(SEED, true, bytes(header));
  }

  private static byte[] bytes(SeedHeader header) {
    return new FieldWriter(VERSION)
        .id(header.id())
        .id(header.move())
        .string(header.forward())
        .string(header.actor())
        .int64(header.begunMs())
        .int64(header.endedMs())
        .toByteArray();
  }

  private static SeedHeader header(byte[] bytes) {
    return FieldReader.read(
        "seed",
        bytes,
        VERSION,
        in ->
            new SeedHeader(in.uuid(), in.uuid(), in.string(), in.string(), in.int64(), in.int64()));
  }

  /** A partition of the old primary. */
  public static StoredEntry of(TopicPartition source, SeededPartition seeded) {
    String key = PARTITION + source.partition() + "/" + source.topic();
    return new StoredEntry(key, false, bytes(seeded));
  }

  private static byte[] bytes(SeededPartition seeded) {
    FieldWriter out =
        new FieldWriter(VERSION)
            .topicPartition(seeded.target())
            .int64(seeded.sourceSeam())
            .int64(seeded.sourceEnd())
            .int64(seeded.targetSeam())
            .int64(seeded.held())
            .int64(seeded.diverged());
    return (seeded.resent() > 0 ? out.int64(seeded.resent()) : out).toByteArray();
  }

  private static SeededPartition partition(byte[] bytes) {
    return FieldReader.read(
        "seeded partition",
        bytes,
        VERSION,
        in ->
            new SeededPartition(
                in.topicPartition(),
                in.int64(),
                in.int64(),
                in.int64(),
                in.int64(),
                in.int64(),
                in.hasMore() ? in.int64() : 0));
  }

  /**
   * Offsets of a target partition of a seeded link that hold no copies of it, although others of
   * this or the other direction have written them: what had diverged, for instance.
   */
  public static StoredEntry others(TopicPartition target, SkippedOffsets offsets) {
    String key = OTHERS + target.partition() + "/" + target.topic();
    return new StoredEntry(
        key, false, new FieldWriter(VERSION).ranges(offsets.ranges()).toByteArray());
  }

  /** All of these offsets, by target partition. */
  public static Map<TopicPartition, SkippedOffsets> others(Collection<StoredEntry> entries) {
    Map<TopicPartition, SkippedOffsets> others = new HashMap<>();
    for (StoredEntry entry : entries) {
      if (entry.key().startsWith(OTHERS)) {
        others.put(
            MoveEntries.partition(entry.key().substring(OTHERS.length())),
            FieldReader.read(
                "offsets of others", entry.bytes(), VERSION, in -> SkippedOffsets.of(in.ranges())));
      }
    }
    return others;
  }

  /** What a group never reads, by partition of the old primary. */
  public static StoredEntry of(String group, Map<TopicPartition, Range> unread) {
    Map<TopicPartition, Range> sorted = new TreeMap<>(Seam.BY_NAME);
    sorted.putAll(unread);
    FieldWriter out = new FieldWriter(VERSION).int32(sorted.size());
    sorted.forEach(
        (partition, range) -> out.topicPartition(partition).int64(range.from()).int64(range.to()));
    return new StoredEntry(GROUP + group, false, out.toByteArray());
  }

  private static Map<TopicPartition, Range> unread(byte[] bytes) {
    return FieldReader.read(
        "unread offsets of a group",
        bytes,
        VERSION,
        in -> {
          Map<TopicPartition, Range> unread = new HashMap<>();
          for (int left = in.count(SMALLEST_PARTITION + 8 + 8); left > 0; left--) {
            unread.put(in.topicPartition(), new Range(in.int64(), in.int64()));
          }
          return unread;
        });
  }

  /** The entries that make a link forget that it was seeded, and that it was reversed. */
  public static List<StoredEntry> withoutReversals(Collection<StoredEntry> entries) {
    List<StoredEntry> removed = new ArrayList<>();
    for (StoredEntry entry : entries) {
      String key = entry.key();
      if (key.equals(REVERSED)
          || key.equals(SEED)
          || key.startsWith(PARTITION)
          || key.startsWith(OTHERS)
          || key.startsWith(GROUP)) {
        removed.add(StoredEntry.removed(key, entry.required()));
      }
    }
    return removed;
  }
}
