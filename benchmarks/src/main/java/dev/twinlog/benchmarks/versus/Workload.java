package dev.twinlog.benchmarks.versus;

import java.time.Duration;
import java.util.stream.LongStream;

/**
 * A topic to copy, and what is measured meanwhile.
 *
 * @param name as {@code --workloads} and the tables call it
 * @param kind what is measured
 * @param records how many records the topic holds at the start; none for {@link Kind#LATENCY}
 * @param recordBytes the length of a record's value
 * @param batchBytes the producer's {@code batch.size}; 1 gives each record a batch of its own
 * @param compression the producer's codec
 * @param partitions of the topic
 * @param busyPartitions how many of them hold the records
 * @param warmFrom how many records a contender has copied when its JVM counts as warm
 * @param far which cluster is reached over the slow link
 * @param age how far in the past the records' timestamps are
 */
record Workload(
    String name,
    Kind kind,
    long records,
    int recordBytes,
    int batchBytes,
    String compression,
    int partitions,
    int busyPartitions,
    long warmFrom,
    Far far,
    Duration age) {
  /** A catch-up is this many records, from the start of the process. */
  private static final long CATCH_UP = 512_000;

  /** What is measured. */
  enum Kind {
    /** How fast a full topic is copied, and what that costs. */
    THROUGHPUT,
    /** The same, and then what it costs to wait for more. */
    IDLE,
    /** How long a record takes at a modest rate. */
    LATENCY
  }

  /** Where the slow link is. */
  enum Far {
    NOWHERE(""),
    SOURCE(", the source behind "),
    TARGET(", the target behind ");

    private final String where;

    Far(String where) {
      this.where = where;
    }

    String description() {
      return this == NOWHERE
          ? where
          : where
              + ClusterMain.ROUND_TRIP.toMillis()
              + " ms and "
              + ClusterMain.BYTES_PER_SECOND / 1_000_000
              + " MB/s";
    }
  }

  /** How many records a catch-up is here. */
  long catchUp() {
    return Math.min(CATCH_UP, records);
  }

  /** The numbers of copied records at which everything is sampled, ascending. */
  long[] marks() {
    return LongStream.of(1, warmFrom, catchUp(), records).sorted().distinct().toArray();
  }

  boolean compressed() {
    return !compression.equals("none");
  }

  /** Changes the size of the topic. */
  Workload sized(long newRecords, long newWarmFrom) {
    return new Workload(
        name,
        kind,
        newRecords,
        recordBytes,
        batchBytes,
        compression,
        partitions,
        busyPartitions,
        newWarmFrom,
        far,
        age);
  }

  /** Gives it another name, and records of another time. */
  Workload aged(String newName, Duration newAge) {
    return new Workload(
        newName,
        kind,
        records,
        recordBytes,
        batchBytes,
        compression,
        partitions,
        busyPartitions,
        warmFrom,
        far,
        newAge);
  }

  String describe() {
    String topic =
        recordBytes
            + " B records, "
            + compression
            + ", "
            + (batchBytes == 1 ? "one a batch" : "batches of " + batchBytes + " B")
            + ", "
            + partitions
            + (partitions == 1 ? " partition" : " partitions")
            + (busyPartitions < partitions ? " (" + busyPartitions + " with records)" : "");
    return kind == Kind.LATENCY
        ? PacedWriter.RATE + " a second of " + topic
        : records + " × " + topic + far.description() + ageDescription();
  }

  private String ageDescription() {
    return age.isZero() ? "" : ", " + age.toDays() + " days old";
  }
}
