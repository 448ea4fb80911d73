package dev.twinlog.spi;

import java.util.List;
import java.util.Map;

/**
 * The ability of a {@link ProgressStore} to add notes about its stored data to the link's status.
 *
 * <p>Threading as {@link ProgressStore}; never throws, never blocks.
 */
public interface NotedStore extends ProgressStore {

  /**
   * The current notes: sentences by the name that they concern, a topic for instance. Shown in the
   * link's status; the listener is notified of new ones.
   */
  Map<String, List<String>> notes();
}
