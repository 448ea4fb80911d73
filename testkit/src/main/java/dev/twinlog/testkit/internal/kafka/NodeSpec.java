package dev.twinlog.testkit.internal.kafka;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The settings with which a node's directory is formatted and the node is started, each time. */
public record NodeSpec(
    String clusterId,
    int nodeId,
    boolean controller,
    Path directory,
    Map<String, LoopbackPort> listeners,
    Map<String, String> properties,
    List<String> scramCredentials) {
  public NodeSpec {
    listeners = Map.copyOf(listeners);
    properties = Map.copyOf(properties);
    scramCredentials = List.copyOf(scramCredentials);
  }
}
