import { publisherAnswer } from "../publisher-answer.ts";
import { serveOneAnswer } from "./one-answer-server.ts";

serveOneAnswer("application/json", JSON.stringify(publisherAnswer));
