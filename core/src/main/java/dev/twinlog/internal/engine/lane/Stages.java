package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.lane.StageResult.Output;
import dev.twinlog.internal.engine.lane.StageResult.WrittenOutput;
import dev.twinlog.internal.engine.recovery.AlreadyWritten;
import dev.twinlog.internal.engine.recovery.OffsetRunMatcher;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SkippedOffsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Applies the transform and the partition mapper to batches between the source and the writer. A
 * batch is decoded only if a stage needs its records. Offsets that are skipped are left out here,
 * and nowhere else, so that copying and the matching of records that the target already has agree.
 * Immutable; called on the lane's reader thread.
 */
public final class Stages {
  private final Optional<RecordTransform> transform;
  private final PartitionMapper mapper;

  public Stages(Optional<RecordTransform> transform, PartitionMapper mapper) {
    this.transform = transform;
    this.mapper = mapper;
  }

  public PartitionMapper mapper() {
    return mapper;
  }

  /** Identifies the stages on which the outputs depend; saved with the progress. */
  public String fingerprint(int targetPartitions) {
    boolean byRecord = mapper instanceof PartitionMapper.ByRecord;
    // CopiedLink.CopiedPartition reads the beginning
    return "transform=%s;mapper=%s%s"
        .formatted(
            transform.map(RecordTransform::version).orElse("none"),
            mapper.version(),
            byRecord ? "/" + targetPartitions : "");
  }

  StageResult apply(CopySession session, ReplicationBatch batch) {
    return apply(session.routes(), session.alreadyWritten(), session.skipped(), batch);
  }

  private StageResult apply(
      RouteTable routes,
      AlreadyWritten alreadyWritten,
      SkippedOffsets skipped,
      ReplicationBatch batch) {
    if (batch.recordCount() == 0 || skipped.containsAll(batch.firstOffset(), batch.nextOffset())) {
      // there is nothing to write: compaction, too, may remove all records of a batch
      return new StageResult(List.of(), List.of(), batch.nextOffset(), 0, null);
    }
    boolean cut = skipped.containsAny(batch.firstOffset(), batch.nextOffset());
    if (!cut
        && !needsRecords(routes)
        && !alreadyWritten.contains(routes.single(), batch.firstOffset())) {
      Output whole = new Output(routes.single(), batch);
      return new StageResult(List.of(whole), List.of(), batch.nextOffset(), 0, null);
    }
    return new ByRecord(routes, alreadyWritten, skipped, batch).run();
  }

  /** Whether a stage needs decoded records. */
  private boolean needsRecords(RouteTable routes) {
    return transform.isPresent() || !routes.isSingle();
  }

  /** The records of a batch that the target already has, on one route. */
  private static final class Found {
    final List<OffsetRun> runs = new ArrayList<>();
    long records;
  }

  /** Stages one batch record by record. */
  private final class ByRecord {
    private final RouteTable routes;
    private final AlreadyWritten alreadyWritten;
    private final SkippedOffsets skipped;
    private final ReplicationBatch batch;
    private final Map<Route, List<ReplicationRecord>> outputs = new LinkedHashMap<>();
    private final Map<Route, Found> found = new LinkedHashMap<>();
    private int filtered;

    ByRecord(
        RouteTable routes,
        AlreadyWritten alreadyWritten,
        SkippedOffsets skipped,
        ReplicationBatch batch) {
      this.routes = routes;
      this.alreadyWritten = alreadyWritten;
      this.skipped = skipped;
      this.batch = batch;
    }

    StageResult run() {
      long next = batch.firstOffset();
      try {
        for (ReplicationRecord record : batch.records()) {
          next = record.offset();
          if (!skipped.contains(next)) {
            stage(record);
          }
        }
        return staged(batch.nextOffset(), null);
      } catch (RecordRefusedException e) {
        // the record that the transform was given, whichever it names
        return staged(next, new RecordRefusedException(next, String.valueOf(e.getMessage()), e));
      } catch (ReplicationException e) {
        return staged(next, e);
      } catch (RuntimeException e) {
        return staged(next, failedAt(next, e));
      }
    }

    private void stage(ReplicationRecord record) {
      Optional<ReplicationRecord> transformed =
          transform.isEmpty()
              ? Optional.of(record)
              : transform.get().apply(batch.partition(), record);
      if (transformed.isEmpty()) {
        filtered++;
        return;
      }
      ReplicationRecord output = atOffset(transformed.get(), record.offset());
      Route route = routes.of(output);
      if (alreadyWritten.contains(route, output.offset())) {
        Optional<OffsetRun> taken = alreadyWritten.match(route, output);
        Found there = found.computeIfAbsent(route, r -> new Found());
        taken.ifPresent(there.runs::add);
        there.records++;
      } else {
        outputs.computeIfAbsent(route, r -> new ArrayList<>()).add(output);
      }
    }

    private StageResult staged(long next, @Nullable ReplicationException e) {
      List<Output> written = new ArrayList<>(outputs.size());
      TopicPartition source = batch.partition();
      outputs.forEach(
          (route, records) ->
              written.add(new Output(route, ReplicationBatch.of(source, records, handling()))));
      List<WrittenOutput> there = new ArrayList<>(found.size());
      found.forEach(
          (route, f) ->
              there.add(
                  new WrittenOutput(
                      route,
                      f.records,
                      OffsetRunMatcher.join(f.runs),
                      alreadyWritten.isProven(route))));
      return new StageResult(written, there, next, filtered, e);
    }

    /** A batch that was decoded before keeps its first reason. */
    private BatchHandling handling() {
      if (batch.handling() != BatchHandling.PASSED_THROUGH) {
        return batch.handling();
      }
      return needsRecords(routes) ? BatchHandling.TRANSFORMED : BatchHandling.PARTIALLY_WRITTEN;
    }

    private PartitionFailedException failedAt(long offset, RuntimeException e) {
      return new PartitionFailedException(
          "the transform or the partition mapper failed at %s offset %d: %s"
              .formatted(batch.partition(), offset, e),
          e);
    }
  }

  private static ReplicationRecord atOffset(ReplicationRecord record, long offset) {
    return record.offset() == offset
        ? record
        : ReplicationRecord.of(
            offset, record.timestamp(), record.key(), record.value(), record.headers());
  }
}
