package dev.twinlog.testkit.drill;

import java.io.StringWriter;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes a drill's report as Ant's JUnit task does, which CI servers read. */
final class JUnitXml {
  private static final String SUITE = "failover drill";

  private JUnitXml() {}

  static String of(DrillReport report) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
      xml.writeStartDocument("UTF-8", "1.0");
      xml.writeStartElement("testsuite");
      xml.writeAttribute("name", SUITE + " of link " + report.link());
      xml.writeAttribute("timestamp", report.begunAt().toString());
      xml.writeAttribute("tests", Integer.toString(report.steps().size()));
      xml.writeAttribute(
          "failures",
          Long.toString(report.steps().stream().filter(step -> !step.passed()).count()));
      for (DrillStep step : report.steps()) {
        write(step, xml);
      }
      xml.writeEndElement();
      xml.writeEndDocument();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("can't write the report as XML", e);
    }
    return text.toString();
  }

  private static void write(DrillStep step, XMLStreamWriter xml) throws XMLStreamException {
    xml.writeStartElement("testcase");
    xml.writeAttribute("classname", FailoverDrill.class.getName());
    xml.writeAttribute("name", step.name());
    xml.writeAttribute(
        "time", String.format(Locale.ROOT, "%.3f", step.took().toMillis() / 1_000.0));
    if (!step.passed()) {
      xml.writeStartElement("failure");
      xml.writeAttribute("message", step.problems().get(0));
      xml.writeCharacters(String.join("\n", step.problems()));
      xml.writeEndElement();
    }
    xml.writeStartElement("system-out");
    xml.writeCharacters(String.join("\n", step.facts()));
    xml.writeEndElement();
    xml.writeEndElement();
  }
}
