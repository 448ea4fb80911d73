package dev.twinlog.benchmarks.versus;

import dev.twinlog.benchmarks.versus.Workload.Far;
import dev.twinlog.benchmarks.versus.Workload.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** All workloads, in the order in which they run. */
final class Workloads {
  private static final int KB = 1000;
  private static final int BATCH = 128 << 10;
  private static final long WARM = 512_000;
  private static final long LONG = 2_560_000;

  /** Beyond the day for which a broker remembers a producer. */
  private static final Duration OLD = Duration.ofDays(3);

  private Workloads() {}

  /** All of them, in full size. */
  static List<Workload> all() {
    List<Workload> all = new ArrayList<>();
    for (String codec : List.of("none", "lz4", "zstd")) {
      for (int partitions : new int[] {1, 8}) {
        all.add(
            full(codec + "-" + partitions, LONG, KB, BATCH, codec, partitions, WARM, Far.NOWHERE));
      }
    }
    all.add(full("lz4-long", 4 * LONG, KB, BATCH, "lz4", 1, 2 * LONG, Far.NOWHERE));
    all.add(full("tiny-batches", 256_000, KB, 1, "lz4", 1, 51_200, Far.NOWHERE));
    all.add(full("100-bytes", 2 * LONG, 100, BATCH, "lz4", 1, 2 * WARM, Far.NOWHERE));
    all.add(full("64-kilobytes", 40_000, 64 * KB, BATCH, "lz4", 1, 8_000, Far.NOWHERE));
    all.add(
        new Workload(
            "1000-partitions",
            Kind.IDLE,
            256_000,
            KB,
            BATCH,
            "lz4",
            1000,
            10,
            51_200,
            Far.NOWHERE,
            Duration.ZERO));
    all.add(full("far-target", 512_000, KB, BATCH, "lz4", 1, 128_000, Far.TARGET));
    all.add(full("far-source", 512_000, KB, BATCH, "lz4", 1, 128_000, Far.SOURCE));
    for (String name : List.of("lz4-1", "tiny-batches", "far-target")) {
      all.stream()
          .filter(workload -> workload.name().equals(name))
          .toList()
          .forEach(workload -> all.add(workload.aged("old-" + name, OLD)));
    }
    all.add(
        new Workload(
            "latency", Kind.LATENCY, 0, KB, BATCH, "lz4", 1, 1, 0, Far.NOWHERE, Duration.ZERO));
    return all;
  }

  /**
   * A few of them, smaller. Warm figures are those of the second half, which on so few records are
   * far from what a long run shows.
   */
  static List<Workload> quick() {
    List<Workload> quick = new ArrayList<>();
    for (Workload workload : all()) {
      switch (workload.name()) {
        case "lz4-1" -> quick.add(workload.sized(512_000, 256_000));
        case "none-1" -> quick.add(workload.sized(256_000, 128_000));
        case "tiny-batches" -> quick.add(workload.sized(40_000, 20_000));
        case "latency" -> quick.add(workload);
        default -> {}
      }
    }
    return quick;
  }

  /** Every workload in a size that takes seconds. */
  static List<Workload> allQuick() {
    List<Workload> known = quick();
    return all().stream().map(full -> smaller(full, known)).toList();
  }

  private static Workload smaller(Workload full, List<Workload> known) {
    for (Workload workload : known) {
      if (workload.name().equals(full.name())) {
        return workload;
      }
    }
    return full.sized(full.records() / 5, full.records() / 10);
  }

  private static Workload full(
      String name,
      long records,
      int recordBytes,
      int batchBytes,
      String codec,
      int partitions,
      long warmFrom,
      Far far) {
    return new Workload(
        name,
        Kind.THROUGHPUT,
        records,
        recordBytes,
        batchBytes,
        codec,
        partitions,
        partitions,
        warmFrom,
        far,
        Duration.ZERO);
  }
}
