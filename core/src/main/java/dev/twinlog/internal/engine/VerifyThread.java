package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.agent.AgentThread;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.watch.VerifyAgent;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of a link's continuous verification, if it has one. No other thread waits for it but
 * the one that closes the link, after all others have ended. Thread-safe.
 */
final class VerifyThread {
  private static final Logger LOG = LoggerFactory.getLogger(VerifyThread.class);

  private final @Nullable VerifyAgent agent;
  private final @Nullable AgentThread thread;

  /** Starts nothing yet. */
  VerifyThread(Link link, Optional<VerifyAgent> verifying) {
    this.agent = verifying.orElse(null);
    this.thread =
        agent == null
            ? null
            : new AgentThread(
                agent, link.time(), link.threads(agent.role()), cause -> crashed(link, cause));
  }

  /** The link goes on without. */
  private static void crashed(Link link, Throwable cause) {
    LOG.error("link {}: the verification has ended, the link goes on copying", link.name(), cause);
  }

  void start() {
    if (thread != null) {
      thread.start();
    }
  }

  boolean isCurrent() {
    return thread != null && thread.isCurrent();
  }

  /** Ends it soon; does not wait. */
  void end() {
    if (agent != null && thread != null) {
      agent.end();
      thread.interrupt();
    }
  }

  /** Waits until it has ended; whether it has. */
  boolean join(Duration timeout) {
    return thread == null || thread.join(timeout);
  }
}
