package dev.twinlog.testkit.contract;

import dev.twinlog.spi.Route;
import dev.twinlog.testkit.SinkFixture;

/**
 * A {@link SinkFixture} whose target can stall and refuse writes, for {@link SinkFaultContract}.
 */
public interface StallingSinkFixture extends SinkFixture {

  /** Makes the target stop answering: no write completes from now on. */
  void stall();

  /** Ends {@link #stall()}; writes in flight may succeed or fail. */
  void unstall();

  /** Makes every write of a route fail without writing any record; other routes continue. */
  void refuse(Route route);

  /** Ends {@link #refuse}. */
  void accept(Route route);
}
