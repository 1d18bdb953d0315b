// The stages of the network: what each is called, where its equation is derived, and its code.
window.MeetStages = (() => {
  "use strict";
  const MODELS = "../building/models.html#equation-eq-models-";

  // Three lines at most in either framework; a test runs them one after another.
  return [
    {
      key: "input",
      name: "The picks as a vector",
      equation: "x̃ = x / ‖x‖",
      link: `${MODELS}input`,
      shape: ({ input }) => `${input.length} films`,
      pytorch: "x = torch.zeros(1, n_items)\nx[0, picks] = 1\nx = x / x.norm()",
      gluon: "x = nd.zeros((1, n_items))\nx[0, picks] = 1\nx = x / x.norm()",
    },
    {
      key: "hidden",
      name: "Hidden units",
      equation: "h = tanh(W x̃ + b)",
      link: `${MODELS}encoder`,
      shape: ({ hidden }) => `${hidden.length} units`,
      tone: "tone-elbo",
      pytorch: "self.first = nn.Linear(n_items, 200)\nh = torch.tanh(self.first(x))",
      gluon: "self.first = nn.Dense(200, in_units=n_items)\nh = nd.tanh(self.first(x))",
    },
    {
      key: "mu",
      name: "Where the person is",
      equation: "μ = V h + c",
      link: `${MODELS}encoder`,
      shape: ({ mu }) => `${mu.length} dimensions`,
      tone: "tone-q",
      pytorch: "self.code = nn.Linear(200, 128)\nmu, logvar = self.code(h).chunk(2, dim=-1)",
      gluon: "self.code = nn.Dense(128, in_units=200)\nmu, logvar = self.code(h).split(2, axis=-1)",
    },
    {
      key: "sigma",
      name: "How unsure the model is",
      equation: "σ = exp(½ log σ²)",
      link: `${MODELS}posterior`,
      shape: ({ sigma }) => `${sigma.length} dimensions`,
      tone: "tone-rate",
      pytorch: "sigma = torch.exp(logvar / 2)",
      gluon: "sigma = nd.exp(logvar / 2)",
    },
    {
      key: "epsilon",
      name: "Noise from outside",
      equation: "ε ~ N(0, I)",
      link: "../foundations/reparameterization.html#equation-eq-rt-5",
      shape: ({ z }) => `${z.length} dimensions`,
      tone: "tone-rate",
      pytorch: "eps = torch.randn(1, 64)  # 0 to recommend",
      gluon: "eps = nd.random.randn(1, 64)  # 0 to recommend",
    },
    {
      key: "z",
      name: "The code",
      equation: "z = μ + σ ⊙ ε",
      link: `${MODELS}sample`,
      shape: ({ z }) => `${z.length} dimensions`,
      tone: "tone-q",
      pytorch: "z = mu + sigma * eps",
      gluon: "z = mu + sigma * eps",
    },
    {
      key: "logits",
      name: "Logits",
      equation: "f = W′ tanh(V′ z + c′) + b′",
      link: `${MODELS}decoder`,
      shape: ({ logits }) => `${logits.length} films`,
      tone: "tone-reconstruction",
      pytorch: "self.back = nn.Linear(64, 200)\nself.last = nn.Linear(200, n_items)\n"
        + "f = self.last(torch.tanh(self.back(z)))",
      gluon: "self.back = nn.Dense(200, in_units=64)\nself.last = nn.Dense(n_items, in_units=200)\n"
        + "f = self.last(nd.tanh(self.back(z)))",
    },
    {
      key: "pi",
      name: "A probability for every film",
      equation: "π = softmax(f)",
      link: "../foundations/mult-vae.html#equation-eq-mult-vae-softmax",
      shape: ({ pi }) => `${pi.length} films`,
      tone: "tone-reconstruction",
      pytorch: "pi = torch.softmax(f, dim=-1)\npi[0, picks] = 0\nbest = pi.topk(6).indices",
      gluon: "pi = nd.softmax(f)\npi[0, picks] = 0\nbest = nd.topk(pi, k=6)",
    },
  ];
})();
