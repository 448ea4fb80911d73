package dev.twinlog.spi;

import java.util.List;
import java.util.Map;

/**
 * The ability of a {@link ProgressStore} to tell what is worth knowing of what it keeps.
 *
 * <p>Threading as {@link ProgressStore}; never throws, never blocks.
 */
public interface NotedStore extends ProgressStore {

  /**
   * What is worth knowing now: for each place, say a topic, a sentence or more. Shown in the link's
   * status, and told to its listener when it is new.
   */
  Map<String, List<String>> notes();
}
