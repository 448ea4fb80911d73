package dev.twinlog.internal.engine.move;

import dev.twinlog.spi.Lease;
import dev.twinlog.spi.PluginContext;
import java.time.Clock;
import java.util.concurrent.ThreadFactory;

/**
 * The context of a part that is opened without running the link.
 *
 * @param link the link's name
 */
public record OfflineContext(String link, Clock clock) implements PluginContext {
  private static final long SMALL = 1 << 20;

  /** With the system's clock. */
  public OfflineContext(String link) {
    this(link, Clock.systemUTC());
  }

  @Override
  public int lane() {
    return 0;
  }

  @Override
  public long maxInFlightBytes() {
    return SMALL;
  }

  @Override
  public ThreadFactory threads(String role) {
    return task -> new Thread(task, "twinlog-%s-%s".formatted(link, role));
  }

  @Override
  public boolean exactlyOnce() {
    return true;
  }

  @Override
  public Lease lease() {
    return NoLease.INSTANCE;
  }

  /** What copies nothing needs none. */
  private enum NoLease implements Lease {
    INSTANCE;

    @Override
    public boolean holds() {
      return false;
    }

    @Override
    public boolean formerOwnersExpired() {
      return false;
    }
  }
}
