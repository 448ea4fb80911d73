package dev.twinlog.kafka;

import dev.twinlog.spi.Lease;
import dev.twinlog.spi.PluginContext;
import java.time.Clock;
import java.util.concurrent.ThreadFactory;

/** The context of a part that a tool opens without running the link. */
record ToolContext(String link) implements PluginContext {
  private static final long SMALL = 1 << 20;

  @Override
  public int lane() {
    return 0;
  }

  @Override
  public long maxInFlightBytes() {
    return SMALL;
  }

  @Override
  public Clock clock() {
    return Clock.systemUTC();
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

  /** A tool that copies nothing needs none. */
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
