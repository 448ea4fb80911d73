package dev.twinlog.internal.engine.move;

import dev.twinlog.PartitionMove;
import dev.twinlog.internal.progress.Seam;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;

/** A partition in the report of a move. Immutable. */
record StoredPartition(Seam seam) implements PartitionMove {
  @Override
  public boolean fenced() {
    return seam.fenced();
  }

  @Override
  public String problem() {
    return seam.problem();
  }

  @Override
  public long sourceCut() {
    return seam.sourceCut();
  }

  @Override
  public long targetSeam() {
    return seam.targets().values().stream().findFirst().orElse(0L);
  }

  @Override
  public Map<TopicPartition, Long> targetSeams() {
    return seam.targets();
  }

  @Override
  public long heldBehindCut() {
    return seam.heldRecords();
  }

  @Override
  public Optional<Instant> lastTimestamp() {
    return time(seam.last().timestampMs());
  }

  @Override
  public OptionalLong sourceEndAtLastContact() {
    return number(seam.last().end());
  }

  @Override
  public Optional<Instant> lastContact() {
    return time(seam.last().atMs());
  }

  @Override
  public OptionalLong lostAtMost() {
    return number(seam.lostAtMost());
  }

  @Override
  public OptionalLong lostEstimate() {
    return number(seam.lostEstimate());
  }

  private static OptionalLong number(long value) {
    return value == Seam.UNKNOWN ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private static Optional<Instant> time(long ms) {
    return ms == Seam.UNKNOWN ? Optional.empty() : Optional.of(Instant.ofEpochMilli(ms));
  }

  @Override
  public String toString() {
    return "%s at %d, %d held, target %s"
        .formatted(fenced() ? "fenced" : "not fenced", sourceCut(), heldBehindCut(), targetSeams());
  }
}
