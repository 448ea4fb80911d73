package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.ownership.Claim;
import dev.twinlog.internal.engine.ownership.Ownership;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkLife.Running;
import dev.twinlog.internal.progress.ProgressKeeper;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes claims and gives them back. A claim that is given back is drained, its progress is saved as
 * closed cleanly, and only then it is released; one that is lost is dropped at once. Confined to
 * the control thread.
 *
 * <p>Invariant: after a claim has ended, nothing is saved of its partitions, and none of its
 * openings or sessions goes on.
 */
final class Handovers implements Ownership.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Handovers.class);

  /** How long what was read may take to be written. */
  static final Duration DRAIN = Duration.ofSeconds(2);

  /** After this time a claim is released, drained and saved or not. */
  static final Duration LIMIT = Duration.ofSeconds(4);

  /** How long after a failed save the next one is tried. */
  private static final Duration RETRY = Duration.ofMillis(200);

  private final Link link;
  private final Ownership ownership;
  private final Partitions partitions;
  private final ProgressKeeper keeper;
  private final Runnable onClaimed;
  private final Map<Claim, Handover> leaving = new LinkedHashMap<>();

  /** The progress of giving back a claim. */
  private static final class Handover {
    final long drainBy;
    final long endBy;
    boolean timedOut;
    boolean saving;
    long saveAt;

    Handover(long now) {
      this.drainBy = now + DRAIN.toNanos();
      this.endBy = now + LIMIT.toNanos();
      this.saveAt = now;
    }
  }

  /**
   * Begins without claims.
   *
   * @param onClaimed discovers the partitions of new claims
   */
  Handovers(
      Link link,
      Ownership ownership,
      Partitions partitions,
      ProgressKeeper keeper,
      Runnable onClaimed) {
    this.link = link;
    this.ownership = ownership;
    this.partitions = partitions;
    this.keeper = keeper;
    this.onClaimed = onClaimed;
  }

  @Override
  public void claimed(Claim claim) {
    if (link.state().get() instanceof Running) { // else the link is ending, and all is given up
      link.claims().add(claim);
      onClaimed.run();
    }
  }

  @Override
  public void revoked(Claim claim) {
    if (link.claims().holds(claim) && !claim.isRevoked()) {
      claim.revoke();
      partitions.drain(claim);
      leaving.put(claim, new Handover(link.time().nanoTime()));
    }
  }

  @Override
  public void lost(Claim claim) {
    leaving.remove(claim);
    if (link.claims().holds(claim) && !link.state().get().isOver()) {
      LOG.warn("link {}: lost the {}", link.name(), claim);
      end(claim, false, "another instance took it over");
    }
  }

  /** Continues to give back claims, and returns whether there was anything to do. */
  boolean step(long now) {
    boolean worked = false;
    for (Claim claim : new ArrayList<>(leaving.keySet())) {
      Handover handover = leaving.get(claim);
      worked |= handover != null && step(claim, handover, now);
    }
    return worked;
  }

  private boolean step(Claim claim, Handover handover, long now) {
    if (now >= handover.endBy) {
      LOG.warn(
          "link {}: gave back the {} without saving its last progress: the next owner finds in the"
              + " target what was copied since the previous save",
          link.name(),
          claim);
      release(claim, false);
      return true;
    }
    if (!partitions.isDrained(claim)) {
      return abortIfLate(claim, handover, now);
    }
    if (handover.saving || now < handover.saveAt) {
      return false;
    }
    handover.saving = true;
    keeper
        .save(partitions.lastProgress(claim))
        .whenComplete((done, error) -> saved(claim, handover, error));
    return true;
  }

  private boolean abortIfLate(Claim claim, Handover handover, long now) {
    if (handover.timedOut || now < handover.drainBy) {
      return false;
    }
    handover.timedOut = true;
    partitions.abort(
        claim,
        new RetriableException(
            "not drained within %d s, before it is given to another instance"
                .formatted(DRAIN.toSeconds())));
    return true;
  }

  private void saved(Claim claim, Handover handover, @Nullable Throwable error) {
    if (leaving.get(claim) != handover) {
      return; // it was lost meanwhile
    }
    if (error == null) {
      release(claim, !handover.timedOut);
    } else { // the keeper has reported it
      handover.saving = false;
      handover.saveAt = link.time().nanoTime() + RETRY.toNanos();
    }
  }

  private void release(Claim claim, boolean drained) {
    leaving.remove(claim);
    end(claim, drained, "it is given to another instance");
    ownership.released(claim);
  }

  private void end(Claim claim, boolean drained, String why) {
    link.claims().remove(claim, drained);
    keeper.forget(claim::covers);
    partitions.drop(claim, new RetriableException(why));
  }

  /** When {@link #step} has something to do, unless something happens before. */
  long nextDueNanos() {
    long next = Long.MAX_VALUE;
    for (Map.Entry<Claim, Handover> each : leaving.entrySet()) {
      Handover handover = each.getValue();
      next = Math.min(next, handover.endBy);
      if (partitions.isDrained(each.getKey())) {
        next = handover.saving ? next : Math.min(next, handover.saveAt);
      } else if (!handover.timedOut) {
        next = Math.min(next, handover.drainBy);
      }
    }
    return next;
  }
}
