package dev.twinlog.testkit.internal.contract;

import dev.twinlog.spi.Lease;
import dev.twinlog.spi.PluginContext;
import java.time.Clock;
import java.util.concurrent.ThreadFactory;

/** The {@link PluginContext} that the contract tests give the source, sink or store under test. */
public record KitContext(String link, int lane, boolean exactlyOnce) implements PluginContext {

  /** The context of a link with at least once delivery. */
  public KitContext(String link, int lane) {
    this(link, lane, false);
  }

  @Override
  public long maxInFlightBytes() {
    return 32L * 1024 * 1024;
  }

  @Override
  public Clock clock() {
    return Clock.systemUTC();
  }

  @Override
  public ThreadFactory threads(String role) {
    return task -> {
      Thread thread = new Thread(task, "twinlog-" + link + "-" + role);
      thread.setDaemon(true);
      return thread;
    };
  }

  @Override
  public Lease lease() {
    return new Lease() {
      @Override
      public boolean holds() {
        return true;
      }

      @Override
      public boolean formerOwnersExpired() {
        return true;
      }
    };
  }
}
