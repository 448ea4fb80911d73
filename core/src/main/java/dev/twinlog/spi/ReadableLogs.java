package dev.twinlog.spi;

import java.util.Collection;

/**
 * The ability of a source or a sink to let the logs of its topics be read beside the link, so that
 * a copy can be verified.
 *
 * <p>Threading: any thread. Errors: must not throw. Lifecycle: what it opens is independent of it.
 * Blocking: must not block.
 */
public interface ReadableLogs {

  /** Opens access to the logs of these topics; the caller closes it. Connects to nothing yet. */
  TopicLogs openLogs(Collection<String> topics);
}
