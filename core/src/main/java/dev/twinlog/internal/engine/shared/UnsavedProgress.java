package dev.twinlog.internal.engine.shared;

import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tracks since when progress can't be saved, and reports it once it lasts longer than a transient
 * fault, and again when it is over. Confined to the control thread, except where a method says
 * otherwise.
 */
public final class UnsavedProgress {
  private static final Logger LOG = LoggerFactory.getLogger(UnsavedProgress.class);
  private static final long NOTICE_NANOS = Duration.ofSeconds(10).toNanos();

  /** As for a partition that is RETRYING: shorter faults are not logged as warnings. */
  private static final long WARN_NANOS = Duration.ofSeconds(30).toNanos();

  private final Link link;
  private volatile Saved last;
  private volatile @Nullable Instant since;
  private @Nullable ReplicationException cause;
  private boolean warned;

  /** A save that succeeded, by both clocks. */
  private record Saved(long nanos, Instant at) {}

  /** For a link whose progress was just loaded. */
  UnsavedProgress(Link link) {
    this.link = link;
    this.last = now();
  }

  private Saved now() {
    return new Saved(link.time().nanoTime(), link.time().clock().instant());
  }

  /** A save has succeeded. Any thread. */
  public void saved() {
    last = now();
  }

  /** A save has failed. */
  public void failed(ReplicationException why) {
    cause = why;
  }

  /** Reports a change. */
  public void tick() {
    ReplicationException why = cause;
    Saved saved = last;
    long unsaved = link.time().nanoTime() - saved.nanos();
    boolean late = unsaved > NOTICE_NANOS;
    if (why != null && unsaved > WARN_NANOS && !warned) {
      warned = true;
      LOG.warn(
          "link {}: progress is not saved since {}: {}", link.name(), saved.at(), why.getMessage());
    }
    if (why != null && late && since == null) {
      since = saved.at();
      link.events().post(listener -> listener.progressUnsaved(saved.at(), why));
    } else if (!late && since != null) {
      since = null;
      cause = null;
      warned = false;
      LOG.info("link {}: progress is saved again", link.name());
      link.events().post(listener -> listener.progressSaved());
    }
  }

  /** Since when progress can't be saved; empty if it can. Any thread. */
  public Optional<Instant> since() {
    return Optional.ofNullable(since);
  }
}
