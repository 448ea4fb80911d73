package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.lane.Lane;
import dev.twinlog.internal.engine.ownership.Claim;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.Draining;
import dev.twinlog.internal.engine.partition.PartitionLife.Recovering;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.spi.Progress;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A source partition in a link: its claim, its state, its position and its figures. Confined to the
 * control thread.
 */
public final class PartitionControl {
  private final Claim claim;
  private final PartitionFigures figures;
  private Lane lane;
  private PartitionLife life = new PartitionLife.Waiting(OpeningTerms.NONE);
  private CopyPosition position;

  PartitionControl(Claim claim, PartitionFigures figures, Lane lane, CopyPosition position) {
    this.claim = claim;
    this.figures = figures;
    this.lane = lane;
    this.position = position;
    figures.topicId(position.source().topicId());
  }

  public TopicPartition partition() {
    return position.source().partition();
  }

  public String topic() {
    return partition().topic();
  }

  /** The claim that owns it. */
  public Claim claim() {
    return claim;
  }

  public PartitionFigures figures() {
    return figures;
  }

  /** The lane of its session, or of its last one. */
  Lane lane() {
    return lane;
  }

  /** Its next session runs in this lane. */
  void lane(Lane now) {
    lane = now;
  }

  public PartitionLife life() {
    return life;
  }

  /** Only {@link Partitions} changes the state, by events. */
  public void life(PartitionLife next) {
    life = next;
  }

  public CopyPosition position() {
    return position;
  }

  public void position(CopyPosition now) {
    position = now;
    figures.topicId(now.source().topicId());
  }

  /** The last checkpoint; null if there is none. */
  public @Nullable Progress progress() {
    return position.progress().orElse(null);
  }

  /** The session that copies it, perhaps draining; null if there is none. */
  public @Nullable CopySession session() {
    if (life instanceof Copying copying) {
      return copying.attempt().session();
    }
    return life instanceof Draining draining ? draining.attempt().session() : null;
  }

  boolean isOpening() {
    return life instanceof Recovering;
  }

  /** Whether nothing of it is open. */
  public boolean isIdle() {
    return session() == null && !isOpening();
  }

  /** Up to where records were copied, of what the progress is about; 0 without progress. */
  long copiedUpTo() {
    Progress progress = progress();
    return progress == null ? 0 : Math.max(progress.sourceNext(), figures.copiedNext());
  }
}
