package dev.twinlog.internal.verify;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.offsets.CopiedRoute;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePartition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** A source log, its copy with records of others in between, and the offset map of the copy. */
final class ModelLogs {
  static final long OWN = 7;
  static final long OTHERS = 8;
  static final Route ROUTE =
      new Route(new TopicPartition("orders", 0), new TopicPartition("eu.orders", 0));

  private static final Progress BEGIN =
      new Progress(
          new SourcePartition(ROUTE.source(), Optional.empty()),
          0,
          false,
          "",
          List.of(new RouteProgress(ROUTE, 0, 0, new byte[0])));

  final NavigableMap<Long, ReplicationRecord> source = new TreeMap<>();
  final NavigableMap<Long, ReplicationRecord> target = new TreeMap<>();
  final NavigableMap<Long, Long> producers = new TreeMap<>();
  final NavigableMap<Long, Long> copies = new TreeMap<>();
  final Random random;
  final Map<Long, Optional<Route>> registered = new TreeMap<>(Map.of(OWN, Optional.of(ROUTE)));
  long lostAtSource;
  long lostInTarget;
  long sourceEnd;
  long targetEnd;
  CopiedRoute route;
  SkippedOffsets skipped = SkippedOffsets.none();
  SkippedOffsets others = SkippedOffsets.none();

  /** A random log of some records, with a few keys, and an exact copy of it. */
  ModelLogs(Random random, int records) {
    this.random = random;
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    SourceMap map = maps.open(BEGIN);
    for (int i = 0; i < records; i++) {
      if (random.nextInt(20) == 0) {
        sourceEnd += random.nextInt(5); // markers, aborted records
      }
      if (random.nextInt(20) == 0) {
        others(random.nextInt(4));
      }
      ReplicationRecord record = record(sourceEnd, "key-" + random.nextInt(20));
      source.put(sourceEnd, record);
      copies.put(sourceEnd, targetEnd);
      map.route(ROUTE).append(sourceEnd, targetEnd, 1);
      put(targetEnd, record, OWN);
      sourceEnd++;
    }
    map.checkpoint(sourceEnd);
    if (records > 0) {
      route = maps.copied().get(0);
    }
  }

  /** The map has the single offsets of the first records only. */
  void loseOffsets(int after) {
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    SourceMap map = maps.open(BEGIN);
    copies.entrySet().stream()
        .limit(after)
        .forEach(one -> map.route(ROUTE).append(one.getKey(), one.getValue(), 1));
    map.route(ROUTE).unknownUpTo(sourceEnd);
    map.checkpoint(sourceEnd);
    route = maps.copied().get(0);
  }

  /** Some records of the source are left out, and the last record is copied behind them. */
  void leaveOut(int count) {
    for (int i = 0; i < count; i++) {
      skipped = skipped.with(sourceEnd);
      source.put(sourceEnd, record(sourceEnd, "left out"));
      sourceEnd++;
    }
    source.put(sourceEnd, record(sourceEnd, "behind"));
    copy(sourceEnd++);
  }

  /** Copies another record of the source, the last one that is copied. */
  void copy(long offset) {
    copies.put(offset, targetEnd);
    put(targetEnd, Objects.requireNonNull(source.get(offset)), OWN);
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    SourceMap map = maps.open(BEGIN);
    copies.forEach((from, to) -> map.route(ROUTE).append(from, to, 1));
    map.checkpoint(offset + 1);
    route = maps.copied().get(0);
  }

  /** Appends a record to the target that the map does not know. */
  void putInTarget(String key, long producer) {
    put(targetEnd, record(targetEnd, key), producer);
  }

  /** The offset of any record of the source. */
  long anyOffset() {
    return source.keySet().stream().skip(random.nextInt(source.size())).findFirst().orElseThrow();
  }

  private void others(int count) {
    for (int i = 0; i < count; i++) {
      put(targetEnd, record(targetEnd, "of others"), OTHERS);
    }
  }

  ReplicationRecord record(long offset, String key) {
    byte[] value = new byte[random.nextInt(50)];
    random.nextBytes(value);
    return ReplicationRecord.of(
        offset, 1_000 + offset, key.getBytes(StandardCharsets.UTF_8), value, new RecordHeaders());
  }

  private void put(long offset, ReplicationRecord record, long producer) {
    target.put(offset, at(offset, record));
    producers.put(offset, producer);
    targetEnd = offset + 1;
  }

  static ReplicationRecord at(long offset, ReplicationRecord record) {
    return ReplicationRecord.of(
        offset, record.timestamp(), record.key(), record.value(), record.headers());
  }

  /** The batches of a log, as large as it comes, encoded where all their offsets have records. */
  static List<ReplicationBatch> batches(
      TopicPartition partition,
      NavigableMap<Long, ReplicationRecord> log,
      Map<Long, Long> producers,
      Random random) {
    List<ReplicationBatch> batches = new ArrayList<>();
    List<ReplicationRecord> next = new ArrayList<>();
    int size = 1 + random.nextInt(12);
    for (ReplicationRecord record : log.values()) {
      ReplicationRecord last = next.isEmpty() ? null : next.get(next.size() - 1);
      if (last != null
          && (next.size() >= size
              || last.offset() + 1 != record.offset()
              || !producer(producers, last).equals(producer(producers, record)))) {
        batches.add(encoded(partition, next, producer(producers, last)));
        next = new ArrayList<>();
        size = 1 + random.nextInt(12);
      }
      next.add(record);
    }
    if (!next.isEmpty()) {
      batches.add(encoded(partition, next, producer(producers, next.get(0))));
    }
    return batches;
  }

  /**
   * The batches of both logs, of which those with copies are cut in the same places.
   *
   * @param source gets those of the source
   * @param into gets those of the target
   */
  void alike(List<ReplicationBatch> source, List<ReplicationBatch> into) {
    Map<Long, Long> originals = new TreeMap<>();
    copies.forEach((from, to) -> originals.put(to, from));
    List<ReplicationRecord> next = new ArrayList<>();
    List<ReplicationRecord> nextCopies = new ArrayList<>();
    for (ReplicationRecord copy : target.values()) {
      Long from = originals.get(copy.offset());
      boolean continues =
          from != null
              && !next.isEmpty()
              && next.get(next.size() - 1).offset() + 1 == from
              && nextCopies.get(next.size() - 1).offset() + 1 == copy.offset()
              && next.size() < 9;
      if (!continues && !next.isEmpty()) {
        source.add(encoded(ROUTE.source(), next, OTHERS));
        into.add(encoded(ROUTE.target(), nextCopies, OWN));
        next = new ArrayList<>();
        nextCopies = new ArrayList<>();
      }
      if (from == null) {
        into.add(encoded(ROUTE.target(), List.of(copy), OTHERS));
      } else {
        next.add(this.source.get(from));
        nextCopies.add(copy);
      }
    }
    source.add(encoded(ROUTE.source(), next, OTHERS));
    into.add(encoded(ROUTE.target(), nextCopies, OWN));
  }

  private static Long producer(Map<Long, Long> producers, ReplicationRecord record) {
    return producers.getOrDefault(record.offset(), OTHERS);
  }

  static ReplicationBatch encoded(
      TopicPartition partition, List<ReplicationRecord> records, long producer) {
    ByteBuffer batch =
        BatchEncoder.encode(records, Compression.of(Codec.NONE), 1 << 20).get(0).batch();
    batch.putLong(BatchHeader.BASE_OFFSET, records.get(0).offset());
    batch.putLong(BatchHeader.PRODUCER_ID, producer);
    seal(batch);
    return ReplicationBatch.ofEncoded(partition, batch);
  }

  private static void seal(ByteBuffer batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(BatchHeader.ATTRIBUTES, batch.limit() - BatchHeader.ATTRIBUTES));
    batch.putInt(BatchHeader.CRC, (int) crc.getValue());
  }
}
