package dev.twinlog.spi;

import java.util.List;

/**
 * Where records of a topic come from: another cluster's topic, and the links that brought them.
 *
 * @param cluster the id of the cluster that they come from
 * @param topic the name that the topic has there
 * @param links the names of the links that brought them, in the order in which they were passed
 */
public record TopicOrigin(String cluster, String topic, List<String> links) {
  public TopicOrigin {
    links = List.copyOf(links);
  }
}
